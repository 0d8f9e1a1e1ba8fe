"""Names the lesson that a test keeps."""


def keeps(lesson):
    """Has unittest print the lesson's name below that of the test, should the test fail."""

    def mark(test):
        test.__doc__ = f"lesson: {lesson}" + (f"; {test.__doc__}" if test.__doc__ else "")
        return test

    return mark
