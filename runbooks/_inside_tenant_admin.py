"""Questions about what the admin shows and offers; it is tried. Sent after _inside_tenant_trying.py."""
# ruff: noqa: UP032, ANN001, ANN202, F821, SLF001

from django.contrib.admin import filters
from django.contrib.admin.sites import all_sites


def admins(alias, tenant):
    """Find admin classes that list rows of all tenants."""
    chosen = world(tenant)
    request = request_of(chosen, staff=True)
    for model_admin in registered(alias, request):
        kind, model = type(model_admin), model_admin.model
        if model not in chosen.ways or is_exempt(kind) or is_exempt(model, "admin"):
            continue
        try:
            queryset = attempt(alias, lambda: model_admin.get_queryset(request))  # noqa: B023
        except Untried as error:
            yield untried(kind, "{}.get_queryset".format(kind.__name__), error)
            continue
        if not is_narrowed(chosen, queryset):
            fact = "{} shows rows of all tenants".format(kind.__name__)
            yield told(kind, fact, "limit get_queryset(request) to the tenants of request.user", "TEN101")


def registered(alias, request):
    """Give the admin classes that a tenant's staff can open."""
    for site in sorted(all_sites, key=lambda each: each.name):
        if is_closed(alias, lambda: site.has_permission(request)):  # noqa: B023
            continue
        for model_admin in site._registry.values():
            if not is_closed(alias, lambda: model_admin.has_view_permission(request)):  # noqa: B023
                yield model_admin


def choices(alias, tenant):
    """Find drop-down lists and filters of the admin that name rows of all tenants."""
    chosen = world(tenant)
    request = request_of(chosen, staff=True)
    for model_admin in registered(alias, request):
        inlines = [each(model_admin.model, model_admin.admin_site) for each in model_admin.inlines]
        for each in [model_admin, *inlines]:
            yield from open_fields(alias, chosen, request, each, model_admin)
        yield from open_filters(chosen, request, model_admin)


def open_fields(alias, chosen, request, options, model_admin):
    kind = type(options)
    closed = [
        is_closed(
            alias, lambda: options.has_add_permission(*((request, None) if options is not model_admin else (request,)))
        ),
        is_closed(alias, lambda: options.has_change_permission(request)),
    ]
    for field in [*forward(options.model), *options.model._meta.many_to_many] if not all(closed) else ():
        remote = field.related_model
        parent = options is not model_admin and remote in (model_admin.model, *model_admin.model._meta.parents)
        if remote not in chosen.ways or parent or not field.editable or is_exempt(kind) or is_exempt(kind, field.name):
            continue
        if not is_in_form(options, request, field.name):
            continue
        try:
            shown = attempt(alias, lambda: options.formfield_for_dbfield(field, request=request))  # noqa: B023
        except Untried as error:
            yield untried(kind, "{} {}".format(kind.__name__, field.name), error)
            continue
        if shown is not None and not is_narrowed(chosen, shown.queryset):
            fact = "{} offers rows of all tenants for {}".format(kind.__name__, field.name)
            kept = "formfield_for_manytomany" if field.many_to_many else "formfield_for_foreignkey"
            yield told(kind, fact, "limit field.queryset in {}".format(kept), "TEN113")


def is_in_form(options, request, name):
    if name in options.get_readonly_fields(request) or name in (options.get_exclude(request) or ()):
        return False
    named = options.fields
    if options.fieldsets:
        named = [each for _, part in options.fieldsets for each in part["fields"]]
    if not named:
        return True
    return name in [each for part in named for each in (part if isinstance(part, (list, tuple)) else [part])]


def open_filters(chosen, request, model_admin):
    kind = type(model_admin)
    for entry in model_admin.get_list_filter(request):
        name, given = entry if isinstance(entry, (list, tuple)) else (entry, filters.RelatedFieldListFilter)
        if not isinstance(name, str) or given is not filters.RelatedFieldListFilter:
            continue
        model = model_admin.model
        for part in name.split("__"):
            model = getattr(model._meta.get_field(part), "related_model", None) if model else None
        if model in chosen.ways and not is_exempt(kind) and not is_exempt(kind, name):
            fact = "{} names rows of all tenants in its filter {}".format(kind.__name__, name)
            yield told(kind, fact, '("{}", admin.RelatedOnlyFieldListFilter)'.format(name), "TEN113", "list_filter")


QUESTIONS += [listing(each) for each in (admins, choices)]
