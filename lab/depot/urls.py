from django.contrib import admin
from django.urls import include, path
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.routers import SimpleRouter

from depot import health
from orders import api as orders
from products import api as products
from suppliers import api as suppliers
from tenants import api as tenants

router = SimpleRouter()
router.register("tenants", tenants.TenantViewSet)
router.register("suppliers", suppliers.SupplierViewSet)
router.register("contacts", suppliers.ContactViewSet)
router.register("categories", products.CategoryViewSet)
router.register("products", products.ProductViewSet)
router.register("orders", orders.PurchaseOrderViewSet)
router.register("order-lines", orders.OrderLineViewSet)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/health/", health.health),
    path("api/v1/ready/", health.ready),
    path("api/v1/token/", obtain_auth_token),
    path("api/v1/", include(router.urls)),
]
