"""`python -m local.web`: the demo application's host as a process."""

from local.web.process import main

main()
