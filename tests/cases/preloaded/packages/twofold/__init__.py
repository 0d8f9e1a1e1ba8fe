"""A package that shows another one as its own, in the way in which requests shows urllib3."""

from . import packages
from .packages.single import faults
