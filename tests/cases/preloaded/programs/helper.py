def fall(depth):
    if depth:
        fall(depth - 1)
    try:
        {}["missing"]
    except KeyError as error:
        raise ValueError("fallen") from error
