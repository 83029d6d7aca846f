"""Worked examples of docs/book.md sections 11 to 13: states, auctions, mass commands, limits."""

TABLES = {
    "MAT-060 a call phase takes what rests and what waits": """
        market pre-open              -> state PRE_OPEN
        alice buy  1 x1 @101         -> accepted
        bob   sell 2 x1 @99          -> accepted               # crossed, nothing trades
        bob   sell 3 x1 @99 ioc      -> refused NOT_IN_AUCTION
        bob   sell 3 x1 @99 post     -> refused NOT_IN_AUCTION
        bob   sell 3 x1 market       -> refused NOT_IN_AUCTION
        bob   sell 3 x1 @99 hidden   -> accepted
        bob   sell 4 x1 stop@95 market -> waits for 95
        bob   amend 3 x2 @98         -> amended 3 x2 @98
        bob   cancel 3               -> cancelled 3 x2 REQUESTED
    """,
    "MAT-060 reduce-only, halted, closed, settled": """
        alice buy 1 x5 @99           -> accepted
        alice buy 2 x5 @98 reduce    -> accepted
        market reduce-only           -> state REDUCE_ONLY
        bob   buy 3 x1 @97           -> refused MARKET_REDUCE_ONLY
        bob   buy 3 x1 @97 reduce    -> accepted
        alice amend 1 x6 @99         -> refused MARKET_REDUCE_ONLY
        alice amend 1 x4 @99         -> amended 1 x4 @99       # the simple case
        alice amend 2 x6 @98         -> amended 2 x6 @98       # it is reduce-only
        market halted                -> state HALTED
        bob   buy 4 x1 @97 reduce    -> refused MARKET_HALTED
        alice amend 1 x3 @99         -> refused MARKET_HALTED
        alice cancel 1               -> cancelled 1 x4 REQUESTED
        market closed                -> state CLOSED
        bob   buy 4 x1 @97           -> refused MARKET_CLOSED
        alice amend 2 x3 @98         -> refused MARKET_CLOSED
        alice cancel 2               -> cancelled 2 x6 REQUESTED
    """,
    "MAT-061 from closed there is one way, from settled none": """
        bob   buy 1 x1 @99           -> accepted
        alice buy 2 x1 @98           -> accepted
        alice buy 3 x1 stop@105 market -> waits for 105
        market volatility-auction    -> refused STATE_INVALID
        market closed                -> state CLOSED
        market open                  -> refused STATE_INVALID
        market closed                -> refused STATE_INVALID
        market settled -> state SETTLED, cancelled 3 x1 SETTLED, cancelled 2 x1 SETTLED, \
cancelled 1 x1 SETTLED, mass-cancelled 3 SETTLED
        market settled               -> refused STATE_INVALID
        market open                  -> refused STATE_INVALID
        bob   buy 1 x1 @99           -> refused MARKET_CLOSED
    """,
    "MAT-061 a book crossed in a call is uncrossed after a halt": """
        market auction               -> state AUCTION
        alice buy  1 x1 @101         -> accepted
        bob   sell 2 x1 @101         -> accepted
        market halted                -> state HALTED
        market reduce-only -> state REDUCE_ONLY, uncross x1 @101 surplus 0, trade 1 x1 @101
    """,
    "MAT-062 the price at which most lots trade": """
        market auction               -> state AUCTION
        alice buy  1 x5 @105         -> accepted
        bob   buy  2 x5 @103         -> accepted
        carol sell 3 x4 @100         -> accepted
        afmm  sell 4 x9 @103         -> accepted
        # at 100-102: wanted 10, offered 4; at 103: 10 and 13; at 104, 105: 5 and 13
        market open -> state OPEN, uncross x10 @103 surplus -3, trade 1 x4 @103, \
trade 1 x1 @103, trade 2 x5 @103
        asks                         -> 4 x3 @103
    """,
    "MAT-062 of these the smallest difference of wanted and offered": """
        market auction               -> state AUCTION
        alice buy  1 x5 @102         -> accepted
        bob   buy  2 x2 @101         -> accepted
        carol sell 3 x4 @100         -> accepted
        # four trade at 100, 101 (7 wanted) and 102 (5 wanted)
        market open -> state OPEN, uncross x4 @102 surplus 1, trade 1 x4 @102
        bids                         -> 1 x1 @102, 2 x2 @101
    """,
    "MAT-062 of these the nearest to the last trade": """
        alice buy  1 x1 @103         -> accepted
        bob   sell 2 x1 @103         -> accepted, trade 1 x1 @103
        market auction               -> state AUCTION
        alice buy  3 x5 @105         -> accepted
        bob   sell 4 x5 @100         -> accepted
        # an order stands at 100 and at 105, none at 103
        market open                  -> state OPEN, uncross x5 @103 surplus 0, trade 3 x5 @103
    """,
    "MAT-062 without a last trade the lowest; hidden lots count": """
        market auction               -> state AUCTION
        alice buy  3 x5 @105 hidden  -> accepted
        bob   sell 4 x5 @100 show=1  -> accepted
        market open -> state OPEN, uncross x5 @100 surplus 0, trade 3 x1 @100, refreshed 4 x1, \
trade 3 x1 @100, refreshed 4 x1, trade 3 x1 @100, refreshed 4 x1, trade 3 x1 @100, \
refreshed 4 x1, trade 3 x1 @100
    """,
    "MAT-063 in the uncross too clients trade before the affiliate": """
        market auction               -> state AUCTION
        afmm  buy  1 x2 @100         -> accepted
        alice buy  2 x2 @100         -> accepted
        bob   sell 3 x3 @100         -> accepted
        market open -> state OPEN, uncross x3 @100 surplus 1, trade 2 x2 @100, trade 1 x1 @100
    """,
    "MAT-063 self-trade prevention by the mode of who came later": """
        market auction               -> state AUCTION
        alice  buy  1 x2 @100 oldest -> accepted
        alice2 sell 2 x2 @100 newest -> accepted
        bob    sell 3 x1 @100        -> accepted
        market open -> state OPEN, uncross x2 @100 surplus -1, cancelled 2 x2 SELF_TRADE, \
trade 1 x1 @100
    """,
    "MAT-063 MAT-032 the auction price is observed as the last trade": """
        alice buy 1 x1 @50 stop@100  -> waits for 100
        market auction               -> state AUCTION
        bob   buy  2 x1 @100         -> accepted
        carol sell 3 x1 @100         -> accepted
        market open -> state OPEN, uncross x1 @100 surplus 0, trade 2 x1 @100, \
triggered 1 by last 100, accepted 1
    """,
    "MAT-064 TV-14 reference 4865, 5 %: trades from 4622 to 5108": """
        rules price_ticks_max=10000 volatility_ppb=50000000 lookback_ns=60000000000
        rules pause_ns=5000000000
        alice sell 1 x1 @4865        -> accepted
        bob   buy  2 x1 @4865        -> accepted, trade 1 x1 @4865
        alice sell 3 x1 @5108        -> accepted                   # 4865 + 243
        alice sell 4 x1 @5109        -> accepted
        bob   buy  5 x3 @5200 -> accepted, trade 3 x1 @5108, \
state VOLATILITY_AUCTION until 5000000000 ref 4865
        bids                         -> 5 x2 @5200
        carol buy  6 x1 @5109 ioc    -> refused NOT_IN_AUCTION
        at 4999999999                -> nothing
        at 5000000000 -> state OPEN, uncross x1 @5109 surplus 1, trade 4 x1 @5109
        carol sell 6 x1 @4622        -> accepted, trade 5 x1 @5200
    """,
    "MAT-064 what does not rest is cancelled; at the edge it may trade": """
        rules volatility_ppb=50000000
        alice sell 1 x1 @100         -> accepted
        bob   buy  2 x1 @100         -> accepted, trade 1 x1 @100
        alice buy  3 x1 @95          -> accepted
        alice buy  4 x1 @94          -> accepted
        bob   sell 5 x1 @94 ioc      -> accepted, trade 3 x1 @95
        bob   sell 6 x1 market -> accepted, cancelled 6 x1 VOLATILITY, \
state VOLATILITY_AUCTION until 300000000000 ref 100
        market open                  -> state OPEN
        at 300000000000              -> nothing                    # the pause was taken back
    """,
    "MAT-065 the reference is the last trade one look-back ago": """
        rules volatility_ppb=50000000 lookback_ns=60000000000      # 60 intervals of 1 s
        alice sell 1 x9 @100         -> accepted
        bob   buy  2 x1 @100         -> accepted, trade 1 x1 @100
        carol sell 3 x9 @104         -> accepted
        at 30000000000               -> nothing
        alice cancel 1               -> cancelled 1 x8 REQUESTED
        bob   buy  4 x1 @104         -> accepted, trade 3 x1 @104
        at 89999999999               -> nothing
        # interval 89: the last trade in interval 29 or before is 100, so 95 to 105
        bob   buy  5 x8 @104         -> accepted, trade 3 x8 @104
        carol sell 6 x9 @108         -> accepted
        at 90000000000               -> nothing
        # interval 90: that of interval 30 is 104, so 104 + 5 = 109
        bob   buy  7 x1 @108         -> accepted, trade 6 x1 @108
    """,
    "MAT-070 mass cancel: newest first, by side, contract and price": """
        rules contracts=2
        alice buy  1 x1 @95          -> accepted
        alice buy  2 x1 @96          -> accepted
        alice sell 3 x1 @105         -> accepted
        alice buy  4 x1 @96 c1       -> accepted
        alice buy  5 x1 @96 stop@110 -> waits for 110
        bob   buy  6 x1 @96          -> accepted
        alice mass-cancel bids 96..99 -> cancelled 2 x1 MASS_CANCEL, mass-cancelled 1 MASS_CANCEL
        alice mass-cancel asks -> cancelled 3 x1 MASS_CANCEL, mass-cancelled 1 MASS_CANCEL
        alice mass-cancel everywhere -> cancelled 5 x1 MASS_CANCEL, cancelled 4 x1 MASS_CANCEL, \
cancelled 1 x1 MASS_CANCEL, mass-cancelled 3 MASS_CANCEL
        alice mass-cancel            -> mass-cancelled 0 MASS_CANCEL
        alice mass-cancel 99..98     -> refused SCOPE_INVALID
        alice mass-cancel 0..98      -> refused SCOPE_INVALID
        alice mass-cancel c2         -> refused CONTRACT_UNKNOWN
        bids                         -> 6 x1 @96
    """,
    "MAT-071 the kill switch of an account and of its owner": """
        alice  buy 1 x1 @95          -> accepted
        alice2 buy 2 x1 @96          -> accepted
        alice  kill -> killed WALLET, cancelled 1 x1 KILL_SWITCH, mass-cancelled 1 KILL_SWITCH
        alice  buy 3 x1 @95          -> refused KILL_SWITCH_ENGAGED
        alice  buy 3 x1 @95 reduce   -> accepted               # ORD-04
        alice2 buy 4 x1 @95          -> accepted
        alice  release               -> released WALLET
        alice  buy 5 x1 @95          -> accepted
        alice2 kill-owner -> killed OWNER, cancelled 5 x1 KILL_SWITCH, \
cancelled 3 x1 KILL_SWITCH, cancelled 4 x1 KILL_SWITCH, cancelled 2 x1 KILL_SWITCH, \
mass-cancelled 4 KILL_SWITCH
        alice  buy 6 x1 @95          -> refused KILL_SWITCH_ENGAGED
        alice  release-owner         -> released OWNER
        alice2 buy 6 x1 @95          -> accepted
    """,
    "MAT-071 the kill switch of a contract and of the venue": """
        rules contracts=2
        bob   buy 1 x1 @95           -> accepted
        alice buy 2 x1 @95           -> accepted
        alice buy 3 x1 @95 c1        -> accepted
        market kill -> killed CONTRACT, state HALTED, cancelled 2 x1 KILL_SWITCH, \
cancelled 1 x1 KILL_SWITCH, mass-cancelled 2 KILL_SWITCH
        bob   buy 1 x1 @95           -> refused MARKET_HALTED
        venue kill -> killed VENUE, state HALTED, cancelled 3 x1 KILL_SWITCH, \
mass-cancelled 1 KILL_SWITCH
        market open                  -> state OPEN
        bob   buy 1 x1 @95           -> accepted
    """,
    "MAT-072 AFMM-08 the affiliate is suspended": """
        afmm2 buy 1 x1 @95           -> accepted
        alice buy 2 x1 @95           -> accepted
        afmm  buy 3 x1 @95           -> accepted
        afmm  buy 4 x1 @94           -> accepted
        afmm suspend -> suspended, cancelled 4 x1 AFMM_SUSPENDED, cancelled 3 x1 AFMM_SUSPENDED, \
cancelled 1 x1 AFMM_SUSPENDED, mass-cancelled 3 AFMM_SUSPENDED
        afmm  buy 3 x1 @95           -> refused AFMM_NOT_PERMITTED
        alice buy 3 x1 @95           -> accepted
        afmm lift                    -> lifted
        afmm  buy 1 x1 @95           -> accepted
    """,
    "MAT-073 a mass quote is placed, moved and taken back in place": """
        bob quote 10 x5@99 x5@101    -> accepted, accepted 11
        bob quote 10 x4@99 x5@101    -> amended 10 x4 @99, amended 11 x5 @101
        # up: the ask first, else the new bid would meet it
        bob quote 10 x5@102 x5@104   -> amended 11 x5 @104, amended 10 x5 @102
        bids                         -> 10 x5 @102
        asks                         -> 11 x5 @104
        bob quote 10 x5@96 x5@98     -> amended 10 x5 @96, amended 11 x5 @98
        bob quote 10 x0@0 x5@98      -> cancelled 10 x5 REQUESTED, amended 11 x5 @98
        bob quote 10 x0@0 x0@0       -> cancelled 11 x5 REQUESTED
        bob quote 10 x0@0 x0@0       -> nothing
    """,
    "MAT-073 each side is accepted or refused for itself": """
        alice buy 11 x1 @50          -> accepted
        bob quote 10 x5@99 x5@101    -> accepted, refused 11 ORDER_ID_IN_USE
        bob quote 10 x5@1001 x0@0    -> refused PRICE_INVALID
        bob quote 0 x5@99 x5@101     -> refused ORDER_ID_INVALID
        bob quote 10 x5@99 x5@101 stp=4 -> refused ORDER_KIND_INVALID
        alice quote 10 x5@99 x5@101  -> refused ORDER_ID_IN_USE, refused 11 ORDER_ID_IN_USE
    """,
    "MAT-075 limits of a protection": """
        bob protect window=0 lots=5  -> refused AMOUNT_INVALID
        bob protect window=86400000000001 lots=5 -> refused AMOUNT_INVALID   # a day and 1 ns
        bob protect window=100 lots=-1 -> refused LOTS_INVALID
        bob protect window=100 net=2147483648 -> refused LOTS_INVALID
        bob protect window=100 trades=33 -> refused LOTS_INVALID
        bob protect window=100 trades=0 -> refused LOTS_INVALID
        bob protect window=86400000000000 trades=32 -> nothing
        bob reset                    -> nothing
        alice reset                  -> refused STATE_INVALID
    """,
    "MAT-076 lots in the window trip the protection": """
        bob protect window=100 lots=5 -> nothing
        bob quote 10 x3@99 x9@101    -> accepted, accepted 11
        bob buy 20 x1 @90            -> accepted               # no quote: nobody touches it
        alice buy 1 x2 @101          -> accepted, trade 11 x2 @101
        at 50                        -> nothing
        alice sell 2 x2 @99          -> accepted, trade 10 x2 @99
        at 100                       -> nothing                # the first fill is 100 ns old
        alice buy 3 x2 @101          -> accepted, trade 11 x2 @101
        alice buy 4 x2 @101 -> accepted, trade 11 x2 @101, protection LOTS 6, \
cancelled 11 x3 PROTECTION, cancelled 10 x1 PROTECTION
        bob quote 10 x3@99 x9@101    -> refused QUOTES_FROZEN
        bob reset                    -> nothing
        bob quote 10 x3@99 x9@101    -> accepted, accepted 11
        alice buy 5 x4 @101          -> accepted, trade 11 x4 @101
    """,
    "MAT-076 net lots, and the number of trades": """
        bob protect window=100 net=3 trades=4 -> nothing
        bob quote 10 x9@99 x9@101    -> accepted, accepted 11
        alice buy  1 x2 @101         -> accepted, trade 11 x2 @101
        alice sell 2 x2 @99          -> accepted, trade 10 x2 @99
        alice sell 3 x3 @99 -> accepted, trade 10 x3 @99, protection NET_LOTS 3, \
cancelled 11 x7 PROTECTION, cancelled 10 x4 PROTECTION
        bob reset                    -> nothing
        bob quote 10 x9@99 x9@101    -> accepted, accepted 11
        alice buy  4 x1 @101         -> accepted, trade 11 x1 @101
        alice sell 5 x1 @99          -> accepted, trade 10 x1 @99
        alice buy  6 x1 @101         -> accepted, trade 11 x1 @101
        alice sell 7 x1 @99 -> accepted, trade 10 x1 @99, protection TRADES 4, \
cancelled 11 x7 PROTECTION, cancelled 10 x7 PROTECTION
    """,
    "MAT-076 MAT-010 the quote that takes is stopped in the middle": """
        bob protect window=100 trades=2 -> nothing
        alice sell 1 x1 @100         -> accepted
        alice sell 2 x1 @101         -> accepted
        alice sell 3 x1 @102         -> accepted
        bob quote 10 x9@105 x0@0 -> accepted, trade 1 x1 @100, trade 2 x1 @101, \
protection TRADES 2, cancelled 10 x7 PROTECTION
        asks                         -> 3 x1 @102
    """,
    "MAT-078 after a trade: the maker's slice, pair and protection, then the taker's": """
        bob protect window=100 trades=1 -> nothing
        bob quote 10 x9@99 x9@101    -> accepted, accepted 11
        alice buy 1 x5 @50           -> accepted
        alice buy 2 x5 @101 with=1 -> accepted, trade 11 x5 @101, protection TRADES 1, \
cancelled 11 x4 PROTECTION, cancelled 10 x9 PROTECTION, cancelled 1 x5 PARTNER
        carol sell 3 x6 @100 show=2  -> accepted
        carol sell 4 x1 @200 with=3  -> accepted
        alice buy 5 x2 @100 -> accepted, trade 3 x2 @100, refreshed 3 x2, cancelled 4 x1 PARTNER
    """,
    "MAT-080 messages in a window": """
        rules messages_max=2 message_window_ns=100
        alice buy 1 x1 @99           -> accepted
        alice buy 1 x1 @99           -> refused ORDER_ID_IN_USE    # refused: not counted
        alice amend 1 x2 @99         -> amended 1 x2 @99
        alice buy 2 x1 @99           -> refused LIM_MESSAGE_RATE
        alice amend 1 x3 @99         -> refused LIM_MESSAGE_RATE
        alice quote 10 x1@98 x1@102  -> refused LIM_MESSAGE_RATE
        bob   buy 2 x1 @99           -> accepted
        alice cancel 1               -> cancelled 1 x2 REQUESTED
        at 99                        -> nothing
        alice buy 3 x1 @99           -> refused LIM_MESSAGE_RATE
        at 100                       -> nothing
        alice quote 10 x1@98 x1@102  -> accepted, accepted 11      # one message
        alice buy 3 x1 @99           -> accepted
        alice buy 4 x1 @99           -> refused LIM_MESSAGE_RATE
    """,
    "MAT-080 live orders, lots and notional of an order": """
        rules open_orders_max=2 order_lots_max=10 order_notional_max=500
        alice buy 1 x1 @99           -> accepted
        alice buy 2 x1 @200 stop@150 -> waits for 150
        alice buy 3 x1 @99           -> refused LIM_OPEN_ORDERS
        bob   buy 3 x11 @1           -> refused LIM_ORDER_LOTS
        bob   buy 3 x6 @100          -> refused LIM_ORDER_NOTIONAL
        bob   buy 3 x5 @100          -> accepted
        bob   amend 3 x6 @100        -> refused LIM_ORDER_NOTIONAL
        bob   amend 3 x11 @1         -> refused LIM_ORDER_LOTS
        bob   amend 3 x10 @50        -> amended 3 x10 @50
    """,
    "MAT-080 a band around the last trade": """
        rules price_band_ppb=100000000                             # 10 %
        alice sell 1 x1 @105         -> accepted                   # no trade yet, no band
        bob   buy  2 x1 @105         -> accepted, trade 1 x1 @105
        alice buy  3 x1 @94          -> refused PRICE_OUTSIDE_BAND # 105 - 10
        alice buy  3 x1 @95          -> accepted
        alice sell 4 x1 @116         -> refused PRICE_OUTSIDE_BAND
        alice sell 4 x1 @115         -> accepted
        alice amend 4 x1 @116        -> refused PRICE_OUTSIDE_BAND
        bob   buy  5 x1 @300 stop@200 -> waits for 200             # looked at when it fires
    """,
    "MAT-081 AFMM-04 a privilege of the affiliate, and of nobody else": """
        rules messages_max=1 rate_exempt=1
        afmm  buy 1 x1 @99           -> accepted
        afmm  buy 2 x1 @99           -> accepted
        alice buy 3 x1 @99           -> accepted
        alice buy 4 x1 @99           -> refused LIM_MESSAGE_RATE
    """,
}
