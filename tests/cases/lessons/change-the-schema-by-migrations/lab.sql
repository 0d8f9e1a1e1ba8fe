ALTER TABLE suppliers_supplier ADD COLUMN fax text;
