"""The platform team's own web application, as far as the demo application needs one.

It serves the built application, tells it where the gateway is and who the people are, and signs them in: a real host
would use its own login and its own issuer, and hand out tokens of the one person who is signed in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from local.demo.content import Project
from local.keys import Issuer


@dataclass(frozen=True)
class Somebody:
    """One of the people who can sign in.

    Attributes:
        person: the user name.
        name: as it is shown.
        role: in the project.
    """

    person: str
    name: str
    role: str


@dataclass(frozen=True)
class Item:
    """Something of the project that has a conversation of its own.

    Attributes:
        tool: its tool: rfi, submittal, change_order or punch_item.
        item: its id within the tool.
        title: as it is shown.
        link: its page in the application, a path.
    """

    tool: str
    item: str
    title: str
    link: str


@dataclass(frozen=True)
class Host:
    """Who is served what.

    Attributes:
        tenant: the company account of all its people.
        project: the project's id.
        project_name: the project's name.
        people: who can sign in.
        items: what has a conversation of its own.
        gateway: where each service is for a browser, by its name: origins.
        token: makes a bearer token for a tenant and one of its people.
    """

    tenant: str
    project: str
    project_name: str
    people: Sequence[Somebody]
    items: Sequence[Item]
    gateway: Mapping[str, str]
    token: Callable[[str, str], str]

    @classmethod
    def of(cls, project: Project, gateway: Mapping[str, str], issuer: Issuer) -> "Host":
        """The host of the demo's project.

        Args:
            project: whose people and items.
            gateway: where each service is for a browser; see `browser_addresses`.
            issuer: signs the tokens.
        """
        return cls(
            tenant=project.tenant,
            project=project.project,
            project_name=project.name,
            people=[Somebody(user, person.name, person.role) for user, person in project.people.items()],
            items=[Item(talk.tool, talk.item, talk.title, talk.link) for talk in project.talks if talk.kind == "item"],
            gateway=gateway,
            token=issuer.person,
        )

    def knows(self, person: str) -> bool:
        """Whether it is one of the people."""
        return any(person == somebody.person for somebody in self.people)


def browser_addresses(gateway_port: int) -> dict[str, str]:
    """Where each service is for a browser, all at one gateway on this machine.

    Over HTTP/1.1 a browser opens six connections to each host and no more, and a stream holds one: so each service gets
    a host name of its own. Browsers take `localhost` and everything below it for this machine (RFC 6761, section 6.3).
    """
    named = {name: f"http://{name}.localhost:{gateway_port}" for name in ("presence", "unread", "notifier")}
    return {"messaging": f"http://127.0.0.1:{gateway_port}", **named}
