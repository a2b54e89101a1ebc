import sys

from tests.matrix.table import main

sys.exit(main())
