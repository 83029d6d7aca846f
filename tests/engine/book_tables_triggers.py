"""Worked examples of docs/book.md sections 8 and 10: conditional orders, timers, pairs."""

TABLES = {
    "MAT-030 a stop fires through its price, a take-profit at a gain": """
        alice sell 1 x1 @100         -> accepted
        bob   buy  2 x1 @100         -> accepted, trade 1 x1 @100
        carol buy  3 x1 @110 stop@100 -> refused TRIGGER_ALREADY_MET
        carol sell 3 x1 @90 stop@100 -> refused TRIGGER_ALREADY_MET
        carol buy  3 x1 @90 take@100 -> refused TRIGGER_ALREADY_MET
        carol sell 3 x1 @90 take@100 -> refused TRIGGER_ALREADY_MET
        carol buy  3 x1 @110 stop@101 -> waits for 101
        carol sell 4 x1 @90 stop@99  -> waits for 99
        carol buy  5 x1 @90 take@99  -> waits for 99
        carol sell 6 x1 @90 take@101 -> waits for 101
        carol sell 7 x1 @90 stop@300 on=mark -> waits for 300      # no mark yet
    """,
    "MAT-031 what waits is not in the book, but it is live": """
        alice buy 1 x2 @105 stop@103 -> waits for 103
        bids                         -> empty
        depth bids                   -> empty
        waiting                      -> 1 x2 trigger 103
        bob   sell 1 x1 @200         -> refused ORDER_ID_IN_USE
        alice cancel 1               -> cancelled 1 x2 REQUESTED
        waiting                      -> empty
        bob   sell 1 x1 @200         -> accepted
    """,
    "MAT-032 the last trade is observed after the sweep": """
        alice sell 1 x1 @100         -> accepted
        alice sell 2 x1 @103         -> accepted
        carol buy  3 x1 @110 stop@101 -> waits for 101
        # what is left of order 4 rests first, then order 3 is sent
        bob   buy  4 x3 @103 -> accepted, trade 1 x1 @100, trade 2 x1 @103, \
triggered 3 by last 103, accepted 3
        bids                         -> 3 x1 @110, 4 x1 @103
    """,
    "MAT-032 the sweep's first price and its last are observed": """
        alice sell 1 x1 @100         -> accepted
        alice sell 2 x1 @110         -> accepted
        # the first trade at 100 fires the take-profit, the last one at 110 the stop
        carol buy  3 x1 @90 take@100 -> waits for 100
        carol buy  4 x1 @80 stop@110 -> waits for 110
        bob   buy  5 x2 @110 -> accepted, trade 1 x1 @100, trade 2 x1 @110, \
triggered 3 by last 100, accepted 3, triggered 4 by last 110, accepted 4
    """,
    "MAT-032 prices are observed while the contract trades, and again when it does": """
        alice buy 1 x1 @50 stop@105 on=mark -> waits for 105
        market auction               -> state AUCTION
        mark 105                     -> nothing
        market open                  -> state OPEN, triggered 1 by mark 105, accepted 1
        bob   buy 2 x1 @50 stop@106 on=index -> waits for 106
        mark 200                     -> nothing                    # another source
        index 106                    -> triggered 2 by index 106, accepted 2
    """,
    "MAT-033 rising triggers lowest first, clients first, then time": """
        mark 100                     -> nothing
        afmm  buy 1 x1 @50 stop@110 on=mark -> waits for 110
        alice buy 2 x1 @50 stop@110 on=mark -> waits for 110
        bob   buy 3 x1 @50 stop@105 on=mark -> waits for 105
        carol buy 4 x1 @50 stop@110 on=mark -> waits for 110
        mark 110 -> triggered 3 by mark 110, accepted 3, triggered 2 by mark 110, accepted 2, \
triggered 4 by mark 110, accepted 4, triggered 1 by mark 110, accepted 1
    """,
    "MAT-033 falling triggers highest first, after the rising ones": """
        alice sell 1 x1 @900 stop@95 on=mark -> waits for 95
        bob   sell 2 x1 @900 stop@99 on=mark -> waits for 99
        carol buy  3 x1 @50 stop@90 on=mark  -> waits for 90
        mark 92 -> triggered 3 by mark 92, accepted 3, triggered 2 by mark 92, accepted 2, \
triggered 1 by mark 92, accepted 1
    """,
    "MAT-034 a fired order is a new order: it may trade, or be refused": """
        carol sell 1 x5 @100         -> accepted
        alice buy  2 x2 stop@105 market on=mark -> waits for 105
        bob   buy  3 x9 stop@106 market on=mark -> waits for 106
        alice buy  4 x1 @100 stop@107 post on=mark -> waits for 107
        mark 105 -> triggered 2 by mark 105, accepted 2, trade 1 x2 @100
        mark 106 -> triggered 3 by mark 106, accepted 3, trade 1 x3 @100, \
cancelled 3 x6 NOT_RESTING
        carol sell 1 x5 @100         -> accepted
        mark 107 -> triggered 4 by mark 107, refused 4 POST_ONLY_WOULD_TRADE
        waiting                      -> empty
    """,
    "MAT-034 the stops that a stop sets off": """
        alice sell 1 x1 @101         -> accepted
        alice sell 2 x1 @102         -> accepted
        alice sell 3 x1 @103         -> accepted
        bob   buy  4 x1 stop@101 market -> waits for 101
        bob   buy  5 x1 stop@102 market -> waits for 102
        carol buy  6 x1 @101 -> accepted, trade 1 x1 @101, triggered 4 by last 101, accepted 4, \
trade 2 x1 @102, triggered 5 by last 102, accepted 5, trade 3 x1 @103
    """,
    "MAT-034 nothing is dropped at the cap, and it is said": """
        rules triggers_max=2
        alice buy 1 x1 @50 stop@105 on=mark -> waits for 105
        bob   buy 2 x1 @50 stop@105 on=mark -> waits for 105
        carol buy 3 x1 @50 stop@105 on=mark -> waits for 105
        mark 105 -> triggered 1 by mark 105, accepted 1, triggered 2 by mark 105, accepted 2, \
cap 1 left
        waiting                      -> 3 x1 fired
        mark 90                      -> triggered 3 by mark 105, accepted 3
    """,
    "MAT-034 a fired order waits for its market": """
        rules triggers_max=1
        alice buy 1 x1 @50 stop@105 on=mark -> waits for 105
        bob   buy 2 x1 @50 stop@105 on=mark -> waits for 105
        mark 105                     -> triggered 1 by mark 105, accepted 1, cap 1 left
        market halted                -> state HALTED
        at 5                         -> nothing
        waiting                      -> 2 x1 fired
        market open                  -> state OPEN, triggered 2 by mark 105, accepted 2
    """,
    "MAT-035 a trailing sell follows the price up and fires on the way down": """
        mark 100                     -> nothing
        alice sell 1 x1 trail=5 on=mark from@102 -> waits for 102
        waiting                      -> 1 x1 from 102
        mark 101                     -> nothing
        mark 103                     -> nothing
        waiting                      -> 1 x1 trigger 98
        mark 110                     -> nothing
        waiting                      -> 1 x1 trigger 105
        mark 106                     -> nothing
        mark 105 -> triggered 1 by mark 105, accepted 1, cancelled 1 x1 NOT_RESTING
    """,
    "MAT-035 a trailing buy follows the price down": """
        mark 100                     -> nothing
        alice buy 1 x1 trail=5 on=mark from@98 -> waits for 98
        mark 97                      -> nothing
        waiting                      -> 1 x1 trigger 102
        mark 90                      -> nothing
        waiting                      -> 1 x1 trigger 95
        mark 95 -> triggered 1 by mark 95, accepted 1, cancelled 1 x1 NOT_RESTING
    """,
    "MAT-035 a distance in parts per billion is rounded down, to one tick at least": """
        mark 200                     -> nothing
        alice sell 1 x1 trail=50000000ppb on=mark from@200 -> waits for 200
        waiting                      -> 1 x1 trigger 190           # 200 - 10
        mark 219                     -> nothing
        waiting                      -> 1 x1 trigger 209           # 5 % of 219 is 10.95
        bob   buy  2 x1 trail=1000000ppb on=mark from@219 -> waits for 219
        waiting                      -> 1 x1 trigger 209, 2 x1 trigger 220
    """,
    "MAT-035 without an activation price the first price activates it": """
        alice sell 1 x1 trail=5 on=mark -> waits for 0
        mark 100                     -> nothing
        waiting                      -> 1 x1 trigger 95
    """,
    "MAT-050 orders expire in the order of their times, then of acceptance": """
        alice buy 1 x1 @99 until=200 -> accepted
        bob   buy 2 x1 @98 until=100 -> accepted
        carol buy 3 x1 stop@105 market until=100 -> waits for 105
        at 99                        -> nothing
        at 200 -> cancelled 2 x1 EXPIRED, cancelled 3 x1 EXPIRED, cancelled 1 x1 EXPIRED
    """,
    "MAT-050 of one time: acceptance, not place; expiries before countdowns": """
        alice buy 1 x1 @99 until=100 -> accepted
        alice buy 2 x1 @98           -> accepted
        bob   buy 3 x1 @97 until=100 -> accepted
        alice amend 1 x2 @97         -> amended 1 x2 @97
        alice countdown 100          -> nothing
        at 100 -> cancelled 1 x2 EXPIRED, cancelled 3 x1 EXPIRED, cancelled 2 x1 COUNTDOWN, \
mass-cancelled 1 COUNTDOWN
    """,
    "MAT-050 an order expires before the command of that time is done": """
        alice buy 1 x1 @99 until=100 -> accepted
        at 99                        -> nothing
        alice countdown 1            -> nothing
        at 100                       -> cancelled 1 x1 EXPIRED, mass-cancelled 0 COUNTDOWN
        bob   sell 2 x1 @99          -> accepted
    """,
    "MAT-051 a countdown is put off, and switched off": """
        alice buy 1 x1 @99           -> accepted
        alice buy 2 x1 stop@105 market -> waits for 105
        alice countdown 100          -> nothing
        at 50                        -> nothing
        alice countdown 100          -> nothing
        at 149                       -> nothing
        at 150 -> cancelled 2 x1 COUNTDOWN, cancelled 1 x1 COUNTDOWN, mass-cancelled 2 COUNTDOWN
        alice buy 1 x1 @99           -> accepted
        alice countdown 10           -> nothing
        alice countdown 0            -> nothing
        at 500                       -> nothing
        alice countdown -1           -> refused AMOUNT_INVALID
        alice countdown 2678400000000001 -> refused AMOUNT_INVALID     # 31 days and 1 ns
        alice countdown 2678400000000000 -> nothing
    """,
    "MAT-052 cancel on disconnect, if it was asked for": """
        alice buy 1 x1 @99           -> accepted
        alice disconnects            -> nothing
        alice connects               -> nothing
        alice guards                 -> nothing
        alice buy 2 x1 @98           -> accepted
        alice disconnects -> cancelled 2 x1 DISCONNECTED, cancelled 1 x1 DISCONNECTED, \
mass-cancelled 2 DISCONNECTED
        alice disconnects            -> nothing
    """,
    "MAT-077 one cancels the other: as soon as one trades": """
        alice sell 1 x5 @110         -> accepted
        alice sell 2 x5 stop@95 market with=1 -> waits for 95
        bob   buy  3 x1 @110         -> accepted, trade 1 x1 @110, cancelled 2 x5 PARTNER
        alice sell 4 x5 stop@95 market with=1 -> waits for 95      # free again
        alice amend 1 x3 @111        -> amended 1 x3 @111
        alice cancel 1               -> cancelled 1 x3 REQUESTED, cancelled 4 x5 PARTNER
    """,
    "MAT-077 the stop fires: the limit order goes first": """
        bob   buy  9 x9 @94          -> accepted
        alice sell 1 x5 @110         -> accepted
        alice sell 2 x5 stop@95 market with=1 on=mark -> waits for 95
        mark 95 -> triggered 2 by mark 95, cancelled 1 x5 PARTNER, accepted 2, trade 9 x5 @94
    """,
    "MAT-077 a partner that expires": """
        alice sell 1 x5 @110 until=10 -> accepted
        alice sell 2 x5 @111 with=1  -> accepted
        at 10                        -> cancelled 1 x5 EXPIRED, cancelled 2 x5 PARTNER
    """,
}
