"""A mistake in a workspace: of which kind it is, where it stands, what is wrong, and what to do about it."""

from dataclasses import dataclass
from enum import unique

from segue.worded import Worded


@unique
class Kind(Worded):
    """The value is the code, stable for ever: `E…` is an error, `W…` a warning. `meaning` is for docs/lint.md."""

    # files
    NOT_YAML = "E001", "The file is not YAML. Nothing else is said of it until it is."
    NOT_UTF8 = "E002", "The file is not UTF-8."
    REPEATED = "E003", "A key stands twice in the same place, so that one of the two would be lost."
    NO_FILE = "E004", "A file or a folder that is needed is missing."
    FILE_NAME = "E005", "A file has another name than what it defines."
    # form
    UNKNOWN_WORD = "E010", "A word is not known in this place."
    MISSING_WORD = "E011", "A word that has to be said here is missing."
    WRONG_VALUE = "E012", "A value can't stand here: the message says what can."
    NOT_ONE_OF = "E013", "A value is not one of the few that may stand here."
    WRONG_TYPE = "E014", "A value is of another type than what stands here: a text, a number, a list, a mapping …"
    CONDITION = "E015", "A condition is not CEL, or calls or names what does not exist."
    EXPRESSION = "E016", "An expression of a source's mapping is not JMESPath, or calls a function that does not exist."
    # the tracking plan
    EVENT_TWICE = "E101", "An event is defined twice, in one file or in two."
    NAME_TWICE = "E102", "A name or an alias is given to two events, so that nobody could tell which is meant."
    RESERVED_NAME = "E103", "A name that the Segment spec gives itself can't be an alias."
    PROPERTY_ALIAS_TWICE = "E104", "An alias is given to two properties of one event."
    ALIAS_IS_PROPERTY = "E105", "An alias is the name of another property of the same event, which it would take over."
    REQUIRED_ALIAS = "E106", "A required property is the alias of another: it is renamed away, so no event would fit."
    ENUM_TYPE = "E107", "A value of an `enum` is not of the property's type, so that it could never come."
    UNKNOWN_PLAN = "E108", "`extends` names a plan that does not come with Segue."
    INNER = "E109", "`properties` belong to an object, `items` to an array, `format` to a string."
    TWO_ANSWERS = "E110", "Two files of `events/` say different things about the whole plan."
    # journeys
    UNKNOWN_EVENT = "E201", "The tracking plan knows no such event, so that it would never be heard."
    EVENT_ALIAS = "E202", "An event is named by an alias; ingest gives each event its canonical name."
    UNKNOWN_PROPERTY = "E203", "A property looks like a planned one, but is not it."
    PROPERTY_ALIAS = "E204", "A property is named by an alias; ingest gives each property its canonical name."
    UNKNOWN_TRAIT = "E205", "The tracking plan knows no such trait."
    NOWHERE = "E206", "A condition reads what is never there, so that it would never hold."
    UNKNOWN_TEMPLATE = "E207", "A send names a template that is not there."
    NO_WORDS = "E208", "A template has no words for the channel by which it is sent."
    NOT_IN_POLICY = "E209", "policy.yaml knows no such channel, category or purpose."
    UNLIKE = "E210", "A message and its template disagree on the link to unsubscribe."
    TOO_LONG = "E211", "A step, or a whole run, may take longer than AWS keeps it."
    UNREACHED = "E212", "A step, or a stage of life, is never reached."
    STEP_ID = "E213", "A step's id is taken, or has a meaning of its own."
    STEP_TARGET = "E214", "An outcome leads to a step that is not there, or not later."
    UNKNOWN_JOURNEY = "E215", "A step lets people enter a journey that is not there."
    UNKNOWN_CONNECTOR = "E216", "connectors.yaml knows no such connector or audience."
    NOT_TAKEN = "E217", "A connector does not take what it is said, or is not said what it takes."
    # traits and segments
    UNKNOWN_COMPUTED = "E220", "traits.yaml computes no such trait."
    UNKNOWN_SEGMENT = "E221", "segments.yaml knows no such segment."
    NOT_NUMBERS = "E222", "Only numbers can be added up or compared, and the property holds none."
    CIRCLE = "E223", "Definitions ask for one another in a circle, so that none could be answered first."
    UNTIMELY = (
        "E224",
        "It can't be known when the answer changes as time goes by: `now` needs a duration to be compared with.",
    )
    NEVER_COUNTED = "E225", "What Segue tells itself is not counted, so that it would always be 0."
    TOO_MUCH = "E226", "The computed traits could fill the document that holds a person."
    # hours
    NEVER_ALLOWED = "E230", "The hours of a channel and the law of a place leave no minute in the whole week."
    # templates
    SAYS_NOTHING = "E301", "A template has no words for any channel."
    NOT_LIQUID = "E302", "A text is not Liquid."
    UNKNOWN_FILTER = "E303", "There is no such Liquid filter."
    UNKNOWN_VARIABLE = "E304", "A text names a variable that no message has."
    NO_UNSUBSCRIBE = "E305", "A marketing e-mail offers no way to unsubscribe."
    UNKNOWN_TOPIC = "E306", "policy.yaml has `topics`, and this is none of them."
    # sources
    PATTERN = "E310", "A pattern can't match any event, or EventBridge would refuse it."
    NOBODY = "E311", "A mapping names nobody, so that its calls would all be rejected."
    UNKNOWN_SOURCE = (
        "E312",
        "A source's name is taken, or it says what only a channel's provider, or only Segue, knows.",
    )
    # the policy
    NEVER = "E320", "By this rule nothing could ever be sent."
    UNKNOWN_PLACE = "E321", "There is no such country, or no such state of the United States."
    # the catalogue
    NO_PRODUCTS = "E401", "The catalogue's file can't be read, or has no column of that name."
    # warnings
    IDLE_ALIAS = "W101", "An alias changes nothing: it is the name itself, or is written twice."
    PERSONAL = "W102", "A property is marked as personal in one place and as not personal in another."
    TAKEN_OVER = "W103", "A name that a plan under `extends` gives to one event is given to another here, which wins."
    UNVERIFIED = "W104", "Whoever reads a browser key off a page may write into any person's profile."
    CLOSED_BY_LAW = (
        "W105",
        "The hours of a channel and the law of a place leave no minute of a day of the week, or the law alone does.",
    )
    UNREAD = (
        "W106",
        "A file of YAML stands where no file is looked for, or under a name that none has: nothing reads it.",
    )
    NO_COMMON_HOUR = "W108", "The hours of a channel leave no minute that suits all `possible_time_zones`."
    TOO_SELDOM = "W109", "There is room less often than a message lives: what meets a full cap is as good as dropped."
    CUT_SHORT = "W110", "A spread is longer than any message lives, so that it is cut short each time."

    @property
    def is_warning(self) -> bool:
        return self.value.startswith("W")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`place` is the way into the document, as pydantic writes it: `("steps", 2, "send", "template")`.

    The workspace's loader turns it into a file, a line and a column. `hint` says what would be right. `about` are the
    words in the value at this place that are wrong, such as a variable in a long text: they are underlined.
    """

    place: tuple[str | int, ...]
    message: str
    hint: str = ""
    kind: Kind = Kind.WRONG_VALUE
    about: str = ""
