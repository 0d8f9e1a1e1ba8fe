import os

from oscar.defaults import *

INSTALLED_APPS += [
    "django.contrib.sites",
    "django.contrib.flatpages",
    "oscar.config.Shop",
    *(
        f"oscar.apps.{name}"
        for name in """
        analytics.apps.AnalyticsConfig checkout.apps.CheckoutConfig address.apps.AddressConfig
        shipping.apps.ShippingConfig catalogue.apps.CatalogueConfig catalogue.reviews.apps.CatalogueReviewsConfig
        communication.apps.CommunicationConfig partner.apps.PartnerConfig basket.apps.BasketConfig
        payment.apps.PaymentConfig offer.apps.OfferConfig order.apps.OrderConfig customer.apps.CustomerConfig
        search.apps.SearchConfig voucher.apps.VoucherConfig wishlists.apps.WishlistsConfig
        dashboard.apps.DashboardConfig dashboard.reports.apps.ReportsDashboardConfig
        dashboard.users.apps.UsersDashboardConfig dashboard.orders.apps.OrdersDashboardConfig
        dashboard.catalogue.apps.CatalogueDashboardConfig dashboard.offers.apps.OffersDashboardConfig
        dashboard.partners.apps.PartnersDashboardConfig dashboard.pages.apps.PagesDashboardConfig
        dashboard.ranges.apps.RangesDashboardConfig dashboard.reviews.apps.ReviewsDashboardConfig
        dashboard.vouchers.apps.VouchersDashboardConfig dashboard.communications.apps.CommunicationsDashboardConfig
        dashboard.shipping.apps.ShippingDashboardConfig
        """.split()
    ),
    "widget_tweaks",
    "haystack",
    "treebeard",
    "sorl.thumbnail",
    "django_tables2",
]
SITE_ID = 1
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["SITE_DATABASE"],
        "USER": "elsewhere",
        "HOST": os.environ["SITE_HOST"],
    }
}
