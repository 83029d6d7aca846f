"""Worked examples of docs/book.md: sections 2 to 7 beyond plain orders, and section 9."""

TABLES = {
    "MAT-010 time never goes back": """
        at 500                       -> nothing
        at 499                       -> refused TIME_WENT_BACK
        alice buy 1 x1 @99           -> accepted                   # the clock stands at 500
        at 4611686018427387905       -> refused TIME_TOO_FAR       # 2^62 + 1
        at 4611686018427387904       -> nothing
    """,
    "MAT-010 what must go is gone before the sweep goes on": """
        alice sell 1 x2 @100         -> accepted
        alice sell 2 x2 @101 with=1  -> accepted
        carol sell 3 x2 @101         -> accepted
        bob   buy  4 x4 @101 -> accepted, trade 1 x2 @100, cancelled 2 x2 PARTNER, trade 3 x2 @101
    """,
    "MAT-011 MAT-031 shown lots, expiry, trigger, distance": """
        alice sell 1 x5 @100 show=6      -> refused DISPLAY_INVALID
        alice sell 1 x5 @100 show=-1     -> refused DISPLAY_INVALID
        alice sell 1 x5 @100 ioc show=1  -> refused DISPLAY_INVALID    # it does not rest
        alice sell 1 x5 @100 show=5      -> accepted
        alice sell 2 x5 @100 hidden ioc  -> refused ORDER_KIND_INVALID
        alice sell 2 x5 @100 hidden show=1 -> refused ORDER_KIND_INVALID
        alice sell 2 x5 @100 until=0     -> refused EXPIRY_INVALID     # now is 0
        alice sell 2 x5 @100 until=1     -> accepted
        bob   sell 3 x5 stop@0 market    -> refused TRIGGER_INVALID
        bob   sell 3 x5 stop@1001 market -> refused TRIGGER_INVALID
        bob   sell 3 x5 trail=0          -> refused TRIGGER_INVALID
        bob   sell 3 x5 trail=1001       -> refused TRIGGER_INVALID
        bob   sell 3 x5 trail=0ppb       -> refused TRIGGER_INVALID
        bob   sell 3 x5 trail=1000000000ppb -> refused TRIGGER_INVALID
        bob   sell 3 x5 trail=5 from@1001 -> refused TRIGGER_INVALID
        bob   sell 3 x5 trail=5 from@-1  -> refused TRIGGER_INVALID
        bob   sell 3 x5 stop@95 @0       -> refused PRICE_INVALID      # before the trigger
        bob   sell 3 x5 stop@1 market fok -> refused ORDER_KIND_INVALID
        bob   sell 3 x5 trail=5 fok      -> refused ORDER_KIND_INVALID
        bob   sell 3 x5 stop@95 market post -> refused ORDER_KIND_INVALID
        bob   sell 3 x5 stop@95 @94 ioc post -> refused ORDER_KIND_INVALID
        bob   sell 3 x5 stop@95 @94 post -> waits for 95
    """,
    "MAT-011 a partner must be live, of the same account, contract and side, and free": """
        rules contracts=2
        alice sell 1 x5 @110             -> accepted
        alice sell 2 x5 @111 with=9      -> refused PARTNER_UNKNOWN
        alice buy  2 x5 @90 with=1       -> refused PARTNER_UNKNOWN    # the other side
        alice2 sell 2 x5 @111 with=1     -> refused PARTNER_UNKNOWN    # another account
        alice sell 2 x5 @111 with=1 c1   -> refused PARTNER_UNKNOWN    # another contract
        alice sell 2 x5 @111 with=1 ioc  -> refused ORDER_KIND_INVALID
        alice sell 2 x5 @111 until=9 with=1 -> refused ORDER_KIND_INVALID
        alice sell 2 x5 stop@95 market with=1 -> waits for 95
        alice sell 3 x5 @111 with=1      -> refused PARTNER_UNKNOWN    # it has one
        alice sell 1 x5 @110 with=2      -> refused ORDER_ID_IN_USE    # before the partner
    """,
    "MAT-012 a day order ends with the day": """
        rules day_start_ns=1000
        alice buy 1 x1 @99 day       -> accepted
        at 999                       -> nothing
        at 1000                      -> cancelled 1 x1 EXPIRED
        bob   buy 2 x1 @99 day       -> accepted       # the end of a day is the next day's begin
        at 86400000000999            -> nothing
        at 86400000001000            -> cancelled 2 x1 EXPIRED
    """,
    "MAT-013 post-only sees hidden orders": """
        alice sell 1 x2 @100 hidden  -> accepted
        bob   buy  2 x1 @100 post    -> refused POST_ONLY_WOULD_TRADE
    """,
    "MAT-014 post-only that slides stands one tick behind": """
        alice sell 1 x2 @100         -> accepted
        bob   buy  2 x1 @105 slide   -> accepted @99
        carol sell 3 x1 @98 slide    -> accepted @100      # the bid is 99
        bids                         -> 2 x1 @99
        asks                         -> 1 x2 @100, 3 x1 @100
        bob   amend 2 x2 @103        -> amended 2 x2 @99
        bob   buy  4 x1 @99 slide    -> accepted           # need not slide
    """,
    "MAT-014 there is no tick behind the last one": """
        alice sell 1 x2 @1           -> accepted
        bob   buy  2 x1 @5 slide     -> refused POST_ONLY_WOULD_TRADE
        alice cancel 1               -> cancelled 1 x2 REQUESTED
        alice buy  1 x2 @1000        -> accepted
        bob   sell 2 x1 @5 slide     -> refused POST_ONLY_WOULD_TRADE
    """,
    "MAT-015 cancel in any state, waiting orders too": """
        alice buy  1 x2 @99          -> accepted
        alice buy  2 x3 stop@105 market -> waits for 105
        market halted                -> state HALTED
        bob   cancel 2               -> refused ORDER_UNKNOWN
        alice cancel 2               -> cancelled 2 x3 REQUESTED
        alice cancel 1               -> cancelled 1 x2 REQUESTED
    """,
    "MAT-016 an amendment may give the total, traded lots included": """
        alice sell 1 x5 @100         -> accepted
        bob   sell 2 x1 @100         -> accepted
        carol buy  3 x2 @100         -> accepted, trade 1 x2 @100
        alice amend 1 x5 @100 total  -> amended 1 x3 @100          # 5 - 2, the place is kept
        alice amend 1 x2 @100 total  -> refused LOTS_INVALID       # 2 - 2 = 0
        asks                         -> 1 x3 @100, 2 x1 @100
        alice amend 1 x9 @100 total  -> amended 1 x7 @100
        asks                         -> 2 x1 @100, 1 x7 @100
    """,
    "MAT-017 a smaller iceberg shows no more than is left": """
        alice sell 1 x6 @100 show=3  -> accepted
        bob   sell 2 x1 @100         -> accepted
        alice amend 1 x4 @100        -> amended 1 x4 @100
        asks                         -> 1 x4 @100 shows 3, 2 x1 @100
        alice amend 1 x2 @100        -> amended 1 x2 @100
        asks                         -> 1 x2 @100, 2 x1 @100
        public asks                  -> x3 @100
    """,
    "MAT-018 an amended iceberg comes back as an iceberg": """
        alice sell 1 x6 @100 show=2  -> accepted
        alice amend 1 x8 @101        -> amended 1 x8 @101
        asks                         -> 1 x8 @101 shows 2
        bob   buy  2 x3 @101         -> accepted, trade 1 x2 @101, refreshed 1 x2, trade 1 x1 @101
        asks                         -> 1 x5 @101 shows 1
    """,
    "MAT-018 an amended day order still ends with its day": """
        alice sell 1 x6 @100 until=50 -> accepted
        alice amend 1 x8 @101        -> amended 1 x8 @101
        at 50                        -> cancelled 1 x8 EXPIRED
    """,
    "MAT-019 amending an order that waits": """
        alice sell 1 x1 @100         -> accepted
        bob   buy  2 x1 @100         -> accepted, trade 1 x1 @100
        alice buy  3 x5 @106 stop@105 -> waits for 105
        alice amend 3 x3 @107 stop@104 -> amended 3 x3 @107
        waiting                      -> 3 x3 trigger 104
        alice amend 3 x4 @107        -> amended 3 x4 @107          # the trigger as it is
        waiting                      -> 3 x4 trigger 104
        alice amend 3 x4 @107 stop@100 -> refused TRIGGER_ALREADY_MET
        alice amend 3 x101 @107      -> refused LOTS_INVALID
    """,
    "MAT-019 fewer lots keep the place among the triggers, anything else loses it": """
        mark 100                     -> nothing
        alice buy 1 x5 stop@105 market on=mark -> waits for 105
        bob   buy 2 x5 stop@105 market on=mark -> waits for 105
        carol buy 3 x5 stop@105 market on=mark -> waits for 105
        alice amend 1 x4 @1000       -> amended 1 x4 @1000
        bob   amend 2 x6 @1000       -> amended 2 x6 @1000
        mark 105 -> triggered 1 by mark 105, accepted 1, cancelled 1 x4 NOT_RESTING, \
triggered 3 by mark 105, accepted 3, cancelled 3 x5 NOT_RESTING, \
triggered 2 by mark 105, accepted 2, cancelled 2 x6 NOT_RESTING
    """,
    "MAT-020 fill or kill counts hidden lots": """
        alice sell 1 x6 @100 show=1  -> accepted
        alice sell 2 x3 @100 hidden  -> accepted
        bob   buy  3 x10 @100 fok    -> refused FOK_NOT_FILLABLE   # 6 + 3
        bob   buy  3 x8 @100 fok newest -> accepted, trade 1 x1 @100, refreshed 1 x1, \
trade 2 x3 @100, trade 1 x1 @100, refreshed 1 x1, trade 1 x1 @100, refreshed 1 x1, \
trade 1 x1 @100, refreshed 1 x1, trade 1 x1 @100, refreshed 1 x1
    """,
    "MAT-021 a market order by notional never spends more": """
        alice sell 1 x2 @100         -> accepted
        bob   sell 2 x5 @101         -> accepted
        carol buy  3 worth=99        -> refused NOTIONAL_TOO_SMALL
        # 2 * 100 + 2 * 101 = 402; a fifth lot would make it 503
        carol buy  3 worth=502       -> accepted x4, trade 1 x2 @100, trade 2 x2 @101
        carol buy  4 worth=202 @100  -> refused NOTIONAL_TOO_SMALL     # its limit
        carol buy  4 worth=202 fok   -> accepted x2, trade 2 x2 @101
        carol buy  5 x1 worth=202    -> refused LOTS_INVALID
        carol buy  5 worth=0         -> refused AMOUNT_INVALID
        carol buy  5 worth=202 reduce -> refused ORDER_KIND_INVALID
    """,
    "MAT-022 decrement takes from the whole of an iceberg": """
        alice  sell 1 x6 @100 show=2 -> accepted
        alice2 buy  2 x4 @100 decrement -> accepted, reduced 1 x4 SELF_TRADE, \
cancelled 2 x4 SELF_TRADE
        asks                         -> 1 x2 @100
    """,
    "MAT-040 an iceberg shows a slice, and the next one stands at the back": """
        alice sell 1 x6 @100 show=2  -> accepted
        bob   sell 2 x3 @100         -> accepted
        public asks                  -> x5 @100
        depth asks                   -> x9 @100
        carol buy  3 x4 @100         -> accepted, trade 1 x2 @100, refreshed 1 x2, trade 2 x2 @100
        asks                         -> 2 x1 @100, 1 x4 @100 shows 2
        carol buy  4 x2 @100         -> accepted, trade 2 x1 @100, trade 1 x1 @100
        asks                         -> 1 x3 @100 shows 1
    """,
    "MAT-040 TV-3 all of a client's iceberg stands before the affiliate": """
        afmm  sell 1 x5 @100         -> accepted
        alice sell 2 x5 @100 show=2  -> accepted
        bob   buy  3 x6 @100         -> accepted, trade 2 x2 @100, refreshed 2 x2, \
trade 2 x2 @100, refreshed 2 x1, trade 2 x1 @100, trade 1 x1 @100
    """,
    "MAT-041 MAT-002 a hidden client stands before the affiliate who is seen": """
        afmm  sell 1 x5 @100         -> accepted
        bob   sell 2 x2 @100 hidden  -> accepted
        alice sell 3 x2 @100         -> accepted
        carol buy  4 x5 @100         -> accepted, trade 2 x2 @100, trade 3 x2 @100, trade 1 x1 @100
    """,
    "MAT-042 the public sees shown lots only": """
        alice sell 1 x2 @99 hidden   -> accepted
        bob   sell 2 x3 @100         -> accepted
        carol sell 3 x9 @101 show=4  -> accepted
        public asks                  -> x3 @100, x4 @101
        depth asks                   -> x2 @99, x3 @100, x9 @101
    """,
}
