import sys

from tests.kill.table import main

sys.exit(main())
