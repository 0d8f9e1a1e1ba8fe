"""Questions about the models of a tenant: owners, managers, what must be unique. Sent after _inside_tenants.py."""
# ruff: noqa: UP032, ANN001, ANN202, ARG001, F821, SLF001

from django.db import models
from django.db.models import F, UniqueConstraint


def owned_models(alias, tenant):
    """Find rows that may belong to nobody, and models of the project that belong to nobody at all."""
    chosen = world(tenant)
    for model in chosen.owned:
        for field in chosen.ways[model]:
            if field.null and not is_exempt(field.model, field.name) and field.model is model:
                fact = "{}.{} may be NULL: such a row belongs to no tenant".format(model.__name__, field.name)
                hint = "fill it and make it NOT NULL, or say in {} why not".format(EXEMPT)
                yield told(model, fact, hint, "TEN102", field.name)
    for model in real_models():
        known = model in chosen.ways or model is chosen.user or model._meta.auto_created
        if not known and file_of(model)[1] and not is_exempt(model):
            fact = "no key leads from {} to {}: all tenants share its rows".format(
                model.__name__, chosen.tenant.__name__
            )
            hint = "is that meant? then say why: {} = '...'".format(EXEMPT)
            yield told(model, fact, hint, severity="warning")


STOCK = set(dir(models.Manager)) | set(dir(models.QuerySet))


def own_methods(model):
    """Name what a model's usual manager and its queryset can do beyond Django's own."""
    manager = model._default_manager
    found = {*dir(type(manager)), *dir(type(manager.get_queryset()))} - STOCK
    return {name for name in found if not name.startswith("_")}


def managers(alias, tenant, method):
    """Find models whose manager lacks the method by which most others limit rows to a tenant."""
    chosen = world(tenant)
    can = {model: own_methods(model) for model in chosen.owned if file_of(model)[1] and not model._meta.auto_created}
    names = sorted({name for each in can.values() for name in each})
    shared = {name: sum(name in each for each in can.values()) for name in names}
    usual = [method] if method else [name for name in names if shared[name] > 1 and 2 * shared[name] >= len(can)]
    if not usual:
        return {"usual": "", "findings": []}
    chosen_name = min(usual, key=lambda name: (-shared.get(name, 0), "tenant" not in name, len(name)))
    fact = "the manager of {} has no {}(), which {} other models have"
    findings = [
        told(
            model,
            fact.format(model.__name__, chosen_name, shared.get(chosen_name, 0)),
            "give it the manager of the others: code that asks it for one tenant's rows ends with AttributeError",
            "TEN103",
            "objects",
        )
        for model in can
        if chosen_name not in can[model] and not is_exempt(model, "manager")
    ]
    return {"usual": chosen_name, "findings": findings}


def uniques(alias, tenant):
    """Find what must be unique among all tenants: the second one cannot have it, and learns that the first does."""
    chosen = world(tenant)
    for model in chosen.owned:
        for name, names in unique_sets(model) if model is not chosen.user else ():
            if not any(decides(chosen, model, each) for each in names) and not is_exempt(model, name):
                place = name if name in names else "constraints"
                fact = "{} of {} is unique among all tenants".format(", ".join(names), model.__name__)
                hint = "models.UniqueConstraint(fields=[{}], name=...)".format(
                    ", ".join(repr(each) for each in [chosen.ways[model][0].name, *names])
                )
                yield told(model, fact, hint, "TEN104", place)


def unique_sets(model):
    """Give the name and the fields of each thing that must be unique; keys and random UUIDs are nobody's choice."""
    for field in model._meta.local_concrete_fields:
        if field.unique and not field.primary_key and not isinstance(field, (models.UUIDField, models.FileField)):
            yield field.name, [field.name]
    for names in model._meta.unique_together:
        yield "unique_together", list(names)
    for each in model._meta.constraints:
        if isinstance(each, UniqueConstraint):
            expressions = [name for one in each.expressions for name in names_in(one)]
            yield each.name, [*each.fields, *expressions]


def names_in(expression):
    if isinstance(expression, F):
        return [expression.name]
    return [name for each in expression.get_source_expressions() if each for name in names_in(each)]


def decides(chosen, model, name):
    """Tell whether a field says by itself whose row it is."""
    try:
        field = model._meta.get_field(name.split("__")[0])
    except Exception:  # noqa: BLE001  # an annotation, not a field
        return False
    return field.is_relation and (field.related_model in chosen.ways or field.one_to_one)


QUESTIONS += [managers, *map(listing, (owned_models, uniques))]
