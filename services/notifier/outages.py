"""What fails for want of something else, and what is wrong in itself."""

import grpc
from pymongo.errors import PyMongoError

from services.chassis.errors import Fault

OUTAGES = (grpc.aio.AioRpcError, PyMongoError, Fault, OSError, TimeoutError)
"""What fails with these may work the next time."""

TRIES = 5
"""What fails so often, and not for want of another service, is given up: one alert must not hold up all the others for
ever."""
