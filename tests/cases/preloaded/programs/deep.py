import helper

helper.fall(3)
