"""Worked examples of docs/book.md sections 1 to 7: plain orders, the arithmetic beside them."""

TABLES = {
    "MAT-001 MAT-003 MAT-004 the best price first, then who came first": """
        # Best price first, then who came first; the trade is at the maker's price.
        alice sell 1 x3 @102         -> accepted
        bob   sell 2 x4 @101         -> accepted
        alice sell 3 x5 @101         -> accepted
        asks                         -> 2 x4 @101, 3 x5 @101, 1 x3 @102
        carol buy  4 x7 @103         -> accepted, trade 2 x4 @101, trade 3 x3 @101  # 7 = 4 + 3
        asks                         -> 3 x2 @101, 1 x3 @102                        # 5 - 3 = 2
        carol buy  5 x9 @103         -> accepted, trade 3 x2 @101, trade 1 x3 @102
        asks                         -> empty
        bids                         -> 5 x4 @103                                   # 9 - 2 - 3
    """,
    "MAT-002 TV-1 clients before the affiliate (AFMM-01)": """
        # TV-1 (AFMM-01)
        afmm  sell 1 x5 @100         -> accepted
        alice sell 2 x3 @100         -> accepted
        afmm  sell 3 x2 @100         -> accepted
        asks                         -> 2 x3 @100, 1 x5 @100, 3 x2 @100
        bob   buy  4 x4 @100         -> accepted, trade 2 x3 @100, trade 1 x1 @100
        asks                         -> 1 x4 @100, 3 x2 @100
    """,
    "MAT-001 TV-2 price before class (AFMM-02)": """
        # TV-2 (AFMM-02), in tenths: 99.9 is 999 ticks, 100 is 1,000
        afmm  sell 1 x5 @1000        -> accepted
        alice sell 2 x3 @1000        -> accepted
        afmm  sell 3 x2 @1000        -> accepted
        afmm  sell 5 x1 @999         -> accepted
        bob   buy  4 x2 @1000        -> accepted, trade 5 x1 @999, trade 2 x1 @1000
        asks                         -> 2 x2 @1000, 1 x5 @1000, 3 x2 @1000
    """,
    "MAT-002 the affiliate's bids, where a higher price is better": """
        # The same on the buying side, where a higher price is better.
        afmm  buy  1 x5 @100         -> accepted
        alice buy  2 x3 @100         -> accepted
        afmm2 buy  3 x2 @101         -> accepted
        bids                         -> 3 x2 @101, 2 x3 @100, 1 x5 @100
        bob   sell 4 x6 @100  -> accepted, trade 3 x2 @101, trade 2 x3 @100, trade 1 x1 @100
        bids                         -> 1 x4 @100
    """,
    "MAT-002 the affiliate as a taker has no lower place": """
        # The affiliate may take; as a taker it has no lower place.
        alice sell 1 x2 @100         -> accepted
        afmm  buy  2 x3 @100         -> accepted, trade 1 x2 @100
        bids                         -> 2 x1 @100
    """,
    "MAT-012 immediate or cancel, and market orders": """
        alice sell 1 x2 @100         -> accepted
        bob   buy  2 x5 @100 ioc     -> accepted, trade 1 x2 @100, cancelled 2 x3 NOT_RESTING
        bob   buy  2 x5 @100 ioc     -> accepted, cancelled 2 x5 NOT_RESTING
        alice sell 1 x2 @100         -> accepted
        bob   buy  2 x5 @99 market   -> accepted, cancelled 2 x5 NOT_RESTING  # its own limit
        bob   buy  2 x2 @101 market  -> accepted, trade 1 x2 @100
        bob   buy  2 x2 @101 market fok  -> refused FOK_NOT_FILLABLE
        alice sell 1 x2 @101         -> accepted
        bob   buy  2 x2 @101 market fok  -> accepted, trade 1 x2 @101
    """,
    "MAT-013 post-only": """
        alice sell 1 x2 @100         -> accepted
        bob   buy  2 x1 @100 post    -> refused POST_ONLY_WOULD_TRADE  # at
        bob   buy  2 x1 @101 post    -> refused POST_ONLY_WOULD_TRADE  # through
        alice buy  2 x1 @100 post    -> refused POST_ONLY_WOULD_TRADE  # its own ask, even so
        bob   buy  2 x1 @99 post     -> accepted
        bob   amend 2 x1 @100        -> refused POST_ONLY_WOULD_TRADE
        bids                         -> 2 x1 @99
        bob   amend 2 x1 @98         -> amended 2 x1 @98
        carol sell 3 x1 @98 post     -> refused POST_ONLY_WOULD_TRADE
        carol sell 3 x1 @98          -> accepted, trade 2 x1 @98
    """,
    "MAT-020 fill or kill looks behind the best level": """
        alice sell 1 x2 @100         -> accepted
        bob   sell 2 x3 @101         -> accepted
        carol buy  3 x6 @101 fok     -> refused FOK_NOT_FILLABLE       # 2 + 3 < 6
        carol buy  3 x5 @100 fok     -> refused FOK_NOT_FILLABLE       # 2 < 5 at the limit
        carol buy  3 x5 @101 fok     -> accepted, trade 1 x2 @100, trade 2 x3 @101
        asks                         -> empty
        carol buy  3 x1 @101 fok     -> refused FOK_NOT_FILLABLE
    """,
    "MAT-020 fill or kill with an own order in the way": """
        bob   sell 1 x2 @100         -> accepted
        alice sell 2 x4 @101         -> accepted
        bob   sell 3 x3 @102         -> accepted
        alice2 buy 4 x2 @102 fok newest    -> accepted, trade 1 x2 @100    # filled before it
        bob   sell 1 x2 @100         -> accepted
        # 3 lots need order 3, behind alice's order 2: three modes end the walk there
        alice2 buy 4 x3 @102 fok newest    -> refused FOK_NOT_FILLABLE
        alice2 buy 4 x3 @102 fok both      -> refused FOK_NOT_FILLABLE
        alice2 buy 4 x3 @102 fok decrement -> refused FOK_NOT_FILLABLE
        alice2 buy 4 x6 @102 fok oldest    -> refused FOK_NOT_FILLABLE     # 2 + 3 < 6
        alice2 buy 4 x3 @102 fok oldest -> accepted, trade 1 x2 @100, cancelled 2 x4 SELF_TRADE, \
trade 3 x1 @102
        asks                         -> 3 x2 @102
    """,
    "MAT-020 fill or kill does not count on reduce-only orders": """
        bob   sell 1 x2 @100 reduce  -> accepted
        bob   sell 2 x3 @101         -> accepted
        carol buy  3 x4 @101 fok     -> refused FOK_NOT_FILLABLE       # counts 3, not 2 + 3
        # 3 are enough; what trades is what stands first
        carol buy  3 x3 @101 fok     -> accepted, trade 1 x2 @100, trade 2 x1 @101
        carol buy  3 x2 @101 fok     -> accepted, trade 2 x2 @101
        # an own order ends the walk, reduce-only or not: the order would be stopped there
        alice sell 1 x1 @100 reduce  -> accepted
        bob   sell 2 x3 @101         -> accepted
        alice buy  3 x1 @101 fok newest -> refused FOK_NOT_FILLABLE
        alice buy  3 x1 @101 fok oldest -> accepted, cancelled 1 x1 SELF_TRADE, trade 2 x1 @101
    """,
    "MAT-022 SURV-03 newest: the taker goes": """
        bob    sell 1 x2 @100        -> accepted
        alice  sell 2 x4 @100        -> accepted
        alice2 buy 3 x5 @100 newest -> accepted, trade 1 x2 @100, cancelled 3 x3 SELF_TRADE
        asks                         -> 2 x4 @100
        bids                         -> empty
    """,
    "MAT-022 SURV-03 oldest: the maker goes": """
        alice  sell 1 x4 @100        -> accepted
        bob    sell 2 x2 @100        -> accepted
        alice2 buy  3 x5 @100 oldest -> accepted, cancelled 1 x4 SELF_TRADE, trade 2 x2 @100
        bids                         -> 3 x3 @100
    """,
    "MAT-022 SURV-03 both go": """
        alice  sell 1 x4 @100        -> accepted
        bob    sell 2 x2 @100        -> accepted
        alice  buy  3 x5 @100 both   -> accepted, cancelled 1 x4 SELF_TRADE, \
cancelled 3 x5 SELF_TRADE
        asks                         -> 2 x2 @100
        bids                         -> empty
    """,
    "MAT-022 SURV-03 decrement: both shrink": """
        alice  sell 1 x4 @100        -> accepted
        bob    sell 2 x2 @100        -> accepted
        # d = min(1, 4): the taker is gone, the maker keeps 3
        alice buy 3 x1 @100 decrement -> accepted, reduced 1 x1 SELF_TRADE, \
cancelled 3 x1 SELF_TRADE
        asks                         -> 1 x3 @100, 2 x2 @100
        # d = min(6, 3): the maker is gone; 6 - 3 - 2 = 1 rests
        alice2 buy 3 x6 @100 decrement -> accepted, cancelled 1 x3 SELF_TRADE, \
reduced 3 x3 SELF_TRADE, trade 2 x2 @100
        bids                         -> 3 x1 @100
        # d = 1: both are gone
        alice sell 4 x1 @100 decrement -> accepted, cancelled 3 x1 SELF_TRADE, \
cancelled 4 x1 SELF_TRADE
        bids                         -> empty
        asks                         -> empty
    """,
    "MAT-022 SURV-03 the taker's mode decides": """
        # The resting order's own mode is not asked.
        alice  sell 1 x4 @100 oldest -> accepted
        alice  buy  2 x1 @100 newest -> accepted, cancelled 2 x1 SELF_TRADE
        asks                         -> 1 x4 @100
    """,
    "MAT-015 cancel": """
        alice sell 1 x4 @100         -> accepted
        bob   cancel 1               -> refused ORDER_UNKNOWN          # another wallet's
        alice2 cancel 1              -> refused ORDER_UNKNOWN          # not even of one owner
        bob   buy  2 x1 @100         -> accepted, trade 1 x1 @100
        alice cancel 1               -> cancelled 1 x3 REQUESTED       # 4 - 1
        alice cancel 1               -> refused ORDER_UNKNOWN
        bob   cancel 2               -> refused ORDER_UNKNOWN          # it traded away
    """,
    "MAT-017 a smaller quantity keeps the place": """
        alice sell 1 x4 @100         -> accepted
        bob   sell 2 x4 @100         -> accepted
        alice amend 1 x4 @100        -> amended 1 x4 @100
        alice amend 1 x2 @100        -> amended 1 x2 @100
        asks                         -> 1 x2 @100, 2 x4 @100
        bob   amend 1 x1 @100        -> refused ORDER_UNKNOWN
    """,
    "MAT-018 anything else loses the place": """
        alice sell 1 x4 @100         -> accepted
        bob   sell 2 x4 @100         -> accepted
        alice amend 1 x5 @100        -> amended 1 x5 @100              # more lots
        asks                         -> 2 x4 @100, 1 x5 @100
        bob   amend 2 x4 @99         -> amended 2 x4 @99
        bob   amend 2 x4 @100        -> amended 2 x4 @100              # there and back
        asks                         -> 1 x5 @100, 2 x4 @100
        afmm  sell 3 x1 @100         -> accepted
        alice amend 1 x6 @100        -> amended 1 x6 @100              # behind the clients only
        asks                         -> 2 x4 @100, 1 x6 @100, 3 x1 @100
    """,
    "MAT-016 an amendment gives the open quantity": """
        # The new open quantity is absolute: 5 - 3 = 2 are open, 4 is more than that.
        alice sell 1 x5 @100         -> accepted
        bob   sell 2 x1 @100         -> accepted
        carol buy  3 x3 @100         -> accepted, trade 1 x3 @100
        alice amend 1 x4 @100        -> amended 1 x4 @100
        asks                         -> 2 x1 @100, 1 x4 @100
    """,
    "MAT-018 an amendment that crosses trades": """
        alice sell 1 x4 @101         -> accepted
        bob   buy  2 x2 @100         -> accepted
        bob   buy  3 x1 @99          -> accepted
        alice amend 1 x5 @99         -> amended 1 x5 @99, trade 2 x2 @100, trade 3 x1 @99
        asks                         -> 1 x2 @99                       # 5 - 2 - 1
        bob   buy  2 x2 @99          -> accepted, trade 1 x2 @99
        # an amended order that meets its owner's keeps its own mode
        alice sell 4 x1 @101 decrement -> accepted
        alice2 buy 5 x3 @100         -> accepted
        alice amend 4 x2 @100        -> amended 4 x2 @100, reduced 5 x2 SELF_TRADE, \
cancelled 4 x2 SELF_TRADE
        bids                         -> 5 x1 @100
    """,
    "MAT-011 ids": """
        alice sell 1 x4 @100         -> accepted
        bob   buy  1 x4 @100         -> refused ORDER_ID_IN_USE        # whoever asks
        alice cancel 1               -> cancelled 1 x4 REQUESTED
        bob   buy  1 x4 @100         -> accepted                       # free again
        alice sell 2 x4 @100         -> accepted, trade 1 x4 @100
        carol buy  2 x1 @90          -> accepted                       # gone with its trade
        alice sell 3 x1 @100 ioc     -> accepted, cancelled 3 x1 NOT_RESTING
        alice sell 3 x1 @100         -> accepted                       # it never rested
    """,
    "MAT-011 MAT-016 bounds": """
        alice sell 0 x1 @100         -> refused ORDER_ID_INVALID
        alice sell 4611686018427387905 x1 @100 -> refused ORDER_ID_INVALID    # 2^62 + 1
        alice sell 4611686018427387904 x1 @100 -> accepted
        alice sell 1 x1 @0           -> refused PRICE_INVALID
        alice sell 1 x1 @1001        -> refused PRICE_INVALID
        alice sell 1 x0 @1000        -> refused LOTS_INVALID
        alice sell 1 x101 @1000      -> refused LOTS_INVALID
        alice sell 1 x100 @1000      -> accepted
        bob   buy  2 x100 @1         -> accepted
        alice amend 1 x101 @1000     -> refused LOTS_INVALID
        alice amend 1 x0 @1000       -> refused LOTS_INVALID
        alice amend 1 x1 @1001       -> refused PRICE_INVALID
        alice amend 1 x0 @0          -> refused PRICE_INVALID
        alice amend 3 x0 @0          -> refused ORDER_UNKNOWN
    """,
    "MAT-011 kinds of order and the order of refusals": """
        alice sell 1 x1 @100 post ioc    -> refused ORDER_KIND_INVALID
        alice sell 1 x1 @100 post fok    -> refused ORDER_KIND_INVALID
        alice sell 1 x1 @100 post market -> refused ORDER_KIND_INVALID
        alice sell 1 x1 @100 reduce ioc  -> accepted, cancelled 1 x1 NOT_RESTING
        alice sell 0 x1 @100 post ioc    -> refused ORDER_KIND_INVALID     # before the id
        alice sell 0 x1 @0               -> refused ORDER_ID_INVALID       # before the price
        alice sell 1 x0 @0               -> refused PRICE_INVALID          # before the lots
    """,
}
