"""`python -m local.push`: the fake push services as one process."""

from local.push.process import main

main()
