from typing import Literal

# Works and has been of use; works and waits for its first use; cannot work as the server is set up.
Status = Literal["active", "growing", "dormant"]
ACTIVE: Status = "active"
GROWING: Status = "growing"
DORMANT: Status = "dormant"
STATUSES: tuple[Status, ...] = (ACTIVE, GROWING, DORMANT)
