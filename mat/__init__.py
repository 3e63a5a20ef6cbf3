"""What every part of the toolkit must agree on: vocabulary, contracts, errors, settings, time and harm.

Nothing in this package imports `features`, `models`, `governance`, `app` or `experiments`.
"""

__version__ = "0.1.0"

#: Version of the data contract (`docs/contract.md`): what goes in, what comes out, and under which names.
CONTRACT_VERSION = "1"
