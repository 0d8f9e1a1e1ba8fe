DEBUG = False
ALLOWED_HOSTS: list[str] = []
# --8<-- [start:databases]
DATABASES = {
    "default": {
        # --8<-- [start:options]
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"pool": True},
        # --8<-- [end:options]
    },
}
# --8<-- [end:databases]
USE_TZ = True
