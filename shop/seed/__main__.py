"""`python -m shop.seed`: see `shop.seed.loading`."""

import sys

from shop.seed.loading import main

sys.exit(main())
