"""The states of the US, and where in the North American numbering plan a number belongs: by its area code.

A number that was ported, or whose owner moved, keeps its area code: it is a hint, and several laws take it as one.
"""

from collections.abc import Mapping

STATES: Mapping[str, str] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip

_CODES = {name.upper(): code for code, name in STATES.items()} | {"WASHINGTON D.C.": "DC", "WASHINGTON, D.C.": "DC"}

#: Of libphonenumber 9.0.42: by state or country. Toll-free and personal numbers are nowhere.
_AREA_CODES: Mapping[str, str] = {
    "AG": "268",
    "AI": "264",
    "AS": "684",
    "BB": "246",
    "BM": "441",
    "BS": "242",
    "CA": "204 226 236 249 250 257 263 273 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 "
    "468 474 506 514 519 548 579 581 584 587 600 604 613 622 633 639 647 672 683 705 709 742 753 778 "
    "780 782 807 819 825 867 873 879 902 905 942",
    "DM": "767",
    "DO": "809 829 849",
    "GD": "473",
    "GU": "671",
    "JM": "658 876",
    "KN": "869",
    "KY": "345",
    "LC": "758",
    "MP": "670",
    "MS": "664",
    "PR": "787 939",
    "SX": "721",
    "TC": "649",
    "TT": "868",
    "US-AK": "907",
    "US-AL": "205 251 256 334 659 938",
    "US-AR": "327 479 501 870",
    "US-AZ": "480 520 602 623 928",
    "US-CA": "209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 "
    "714 738 747 760 805 818 820 831 840 858 909 916 925 949 951",
    "US-CO": "303 719 720 748 970 983",
    "US-CT": "203 475 860 959",
    "US-DC": "202 771",
    "US-DE": "302",
    "US-FL": "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954",
    "US-GA": "229 404 470 478 678 706 762 770 912 943",
    "US-HI": "808",
    "US-IA": "319 515 563 641 712",
    "US-ID": "208 986",
    "US-IL": "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872",
    "US-IN": "219 260 317 463 574 765 812 930",
    "US-KS": "316 620 785 913",
    "US-KY": "270 364 502 606 859",
    "US-LA": "225 318 337 504 985",
    "US-MA": "339 351 413 508 617 774 781 857 978",
    "US-MD": "227 240 301 410 443 667",
    "US-ME": "207",
    "US-MI": "231 248 269 313 517 586 616 734 810 906 947 989",
    "US-MN": "218 320 507 612 651 763 952",
    "US-MO": "235 314 417 557 573 636 660 816 975",
    "US-MS": "228 601 662 769",
    "US-MT": "406",
    "US-NC": "252 336 472 704 743 828 910 919 980 984",
    "US-ND": "701",
    "US-NE": "308 402 531",
    "US-NH": "603",
    "US-NJ": "201 551 609 640 732 848 856 862 908 973",
    "US-NM": "505 575",
    "US-NV": "702 725 775",
    "US-NY": "212 315 329 332 347 363 516 518 585 607 631 646 680 716 718 838 845 914 917 929 934",
    "US-OH": "216 220 234 283 326 330 380 419 440 513 567 614 740 937",
    "US-OK": "405 539 572 580 918",
    "US-OR": "458 503 541 971",
    "US-PA": "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878",
    "US-RI": "401",
    "US-SC": "803 821 839 843 854 864",
    "US-SD": "605",
    "US-TN": "423 615 629 731 865 901 931",
    "US-TX": "210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903 915 936 940 "
    "945 956 972 979",
    "US-UT": "385 435 801",
    "US-VA": "276 434 540 571 686 703 757 804 826 948",
    "US-VT": "802",
    "US-WA": "206 253 360 425 509 564",
    "US-WI": "262 274 353 414 534 608 715 920",
    "US-WV": "304 681",
    "US-WY": "307",
    "VC": "784",
    "VG": "284",
    "VI": "340",
}  # fmt: skip

_BY_AREA_CODE: Mapping[str, str] = {code: where for where, codes in _AREA_CODES.items() for code in codes.split()}

#: Where a number is dialled by its area code: the US with what belongs to it, and the other countries of the plan.
NUMBERED = frozenset(where.partition("-")[0] for where in _AREA_CODES)

_AREA, _NATIONAL = 3, 10

#: What the clocks of a state follow, the most of it first; only what runs differently today is told apart.
#: https://www.ecfr.gov/current/title-49/subtitle-A/part-71, and for Arizona and Hawaii, which keep standard time, 15
#: U.S.C. 260a; the Navajo Nation does not.
_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_CLOCKS: Mapping[tuple[str, ...], str] = {
    (_EASTERN,): "CT DE DC GA MD MA ME NC NH NJ NY OH PA RI SC VA VT WV",
    (_EASTERN, _CENTRAL): "FL IN KY MI",
    (_CENTRAL,): "AR IA IL LA MN MO MS OK WI",
    (_CENTRAL, _EASTERN): "AL TN",
    (_CENTRAL, _MOUNTAIN): "KS ND NE SD TX",
    (_MOUNTAIN,): "CO MT NM UT WY",
    (_MOUNTAIN, _PACIFIC): "ID",
    ("America/Phoenix", _MOUNTAIN): "AZ",
    (_PACIFIC,): "CA WA",
    (_PACIFIC, _MOUNTAIN): "NV OR",
    ("America/Anchorage", "America/Adak"): "AK",
    ("Pacific/Honolulu",): "HI",
}
_ZONES: Mapping[str, tuple[str, ...]] = {code: zones for zones, codes in _CLOCKS.items() for code in codes.split()}


def zones_of_state(code: str) -> tuple[str, ...]:
    """The IANA time zones of a state, by its two letters."""
    return _ZONES[code]


def state(written: str) -> str | None:
    """The two letters of a state of the US, however it is written."""
    text = " ".join(written.strip().upper().removeprefix("US-").split())
    return text if text in STATES else _CODES.get(text)


def of_area_code(number: str) -> str | None:
    """Where a number of country code 1 belongs, as `US-FL` or `CA`; written `+1…`, or as it is dialled there."""
    digits = "".join(char for char in number if char.isdigit())
    national = digits.removeprefix("1")
    if len(national) != _NATIONAL or (number.strip().startswith("+") and not digits.startswith("1")):
        return None
    return _BY_AREA_CODE.get(national[:_AREA])
