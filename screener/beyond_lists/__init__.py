"""What is restricted though no list names it: issuers of a country, and companies that listed persons own.

Both become entries beside those of the lists, so that matching, deciding and reporting treat them alike.
"""

from screener.beyond_lists.countries import by_country, of_countries, with_countries
from screener.beyond_lists.owned import Added, doubted, with_owned

__all__ = ["Added", "by_country", "doubted", "of_countries", "with_countries", "with_owned"]
