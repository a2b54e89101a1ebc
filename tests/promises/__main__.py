import sys

from tests.promises.tool import main

sys.exit(main())
