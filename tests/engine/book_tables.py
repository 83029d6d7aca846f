"""Worked examples of docs/book.md, the arithmetic beside them; both books must agree with them."""

TABLES = {
    "price_time": """
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
    "tv1_clients_before_affiliate": """
        # TV-1 (AFMM-01)
        afmm  sell 1 x5 @100         -> accepted
        alice sell 2 x3 @100         -> accepted
        afmm  sell 3 x2 @100         -> accepted
        asks                         -> 2 x3 @100, 1 x5 @100, 3 x2 @100
        bob   buy  4 x4 @100         -> accepted, trade 2 x3 @100, trade 1 x1 @100
        asks                         -> 1 x4 @100, 3 x2 @100
    """,
    "tv2_price_before_class": """
        # TV-2 (AFMM-02), in tenths: 99.9 is 999 ticks, 100 is 1,000
        afmm  sell 1 x5 @1000        -> accepted
        alice sell 2 x3 @1000        -> accepted
        afmm  sell 3 x2 @1000        -> accepted
        afmm  sell 5 x1 @999         -> accepted
        bob   buy  4 x2 @1000        -> accepted, trade 5 x1 @999, trade 2 x1 @1000
        asks                         -> 2 x2 @1000, 1 x5 @1000, 3 x2 @1000
    """,
    "affiliate_bids": """
        # The same on the buying side, where a higher price is better.
        afmm  buy  1 x5 @100         -> accepted
        alice buy  2 x3 @100         -> accepted
        afmm2 buy  3 x2 @101         -> accepted
        bids                         -> 3 x2 @101, 2 x3 @100, 1 x5 @100
        bob   sell 4 x6 @100  -> accepted, trade 3 x2 @101, trade 2 x3 @100, trade 1 x1 @100
        bids                         -> 1 x4 @100
    """,
    "affiliate_takes": """
        # The affiliate may take; as a taker it has no lower place.
        alice sell 1 x2 @100         -> accepted
        afmm  buy  2 x3 @100         -> accepted, trade 1 x2 @100
        bids                         -> 2 x1 @100
    """,
    "ioc_and_market": """
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
    "post_only": """
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
    "fok": """
        alice sell 1 x2 @100         -> accepted
        bob   sell 2 x3 @101         -> accepted
        carol buy  3 x6 @101 fok     -> refused FOK_NOT_FILLABLE       # 2 + 3 < 6
        carol buy  3 x5 @100 fok     -> refused FOK_NOT_FILLABLE       # 2 < 5 at the limit
        carol buy  3 x5 @101 fok     -> accepted, trade 1 x2 @100, trade 2 x3 @101
        asks                         -> empty
        carol buy  3 x1 @101 fok     -> refused FOK_NOT_FILLABLE
    """,
    "fok_own_order_in_the_way": """
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
    "fok_does_not_count_on_reduce_only": """
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
    "self_trade_newest": """
        bob    sell 1 x2 @100        -> accepted
        alice  sell 2 x4 @100        -> accepted
        alice2 buy 3 x5 @100 newest -> accepted, trade 1 x2 @100, cancelled 3 x3 SELF_TRADE
        asks                         -> 2 x4 @100
        bids                         -> empty
    """,
    "self_trade_oldest": """
        alice  sell 1 x4 @100        -> accepted
        bob    sell 2 x2 @100        -> accepted
        alice2 buy  3 x5 @100 oldest -> accepted, cancelled 1 x4 SELF_TRADE, trade 2 x2 @100
        bids                         -> 3 x3 @100
    """,
    "self_trade_both": """
        alice  sell 1 x4 @100        -> accepted
        bob    sell 2 x2 @100        -> accepted
        alice  buy  3 x5 @100 both   -> accepted, cancelled 1 x4 SELF_TRADE, \
cancelled 3 x5 SELF_TRADE
        asks                         -> 2 x2 @100
        bids                         -> empty
    """,
    "self_trade_decrement": """
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
    "self_trade_by_the_taker's_mode": """
        # The resting order's own mode is not asked.
        alice  sell 1 x4 @100 oldest -> accepted
        alice  buy  2 x1 @100 newest -> accepted, cancelled 2 x1 SELF_TRADE
        asks                         -> 1 x4 @100
    """,
    "cancel": """
        alice sell 1 x4 @100         -> accepted
        bob   cancel 1               -> refused ORDER_UNKNOWN          # another wallet's
        alice2 cancel 1              -> refused ORDER_UNKNOWN          # not even of one owner
        bob   buy  2 x1 @100         -> accepted, trade 1 x1 @100
        alice cancel 1               -> cancelled 1 x3 REQUESTED       # 4 - 1
        alice cancel 1               -> refused ORDER_UNKNOWN
        bob   cancel 2               -> refused ORDER_UNKNOWN          # it traded away
    """,
    "amend_keeps_the_place": """
        alice sell 1 x4 @100         -> accepted
        bob   sell 2 x4 @100         -> accepted
        alice amend 1 x4 @100        -> amended 1 x4 @100
        alice amend 1 x2 @100        -> amended 1 x2 @100
        asks                         -> 1 x2 @100, 2 x4 @100
        bob   amend 1 x1 @100        -> refused ORDER_UNKNOWN
    """,
    "amend_loses_the_place": """
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
    "amend_after_a_part_traded": """
        # The new open quantity is absolute: 5 - 3 = 2 are open, 4 is more than that.
        alice sell 1 x5 @100         -> accepted
        bob   sell 2 x1 @100         -> accepted
        carol buy  3 x3 @100         -> accepted, trade 1 x3 @100
        alice amend 1 x4 @100        -> amended 1 x4 @100
        asks                         -> 2 x1 @100, 1 x4 @100
    """,
    "amend_takes": """
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
    "ids": """
        alice sell 1 x4 @100         -> accepted
        bob   buy  1 x4 @100         -> refused ORDER_ID_IN_USE        # whoever asks
        alice cancel 1               -> cancelled 1 x4 REQUESTED
        bob   buy  1 x4 @100         -> accepted                       # free again
        alice sell 2 x4 @100         -> accepted, trade 1 x4 @100
        carol buy  2 x1 @90          -> accepted                       # gone with its trade
        alice sell 3 x1 @100 ioc     -> accepted, cancelled 3 x1 NOT_RESTING
        alice sell 3 x1 @100         -> accepted                       # it never rested
    """,
    "bounds": """
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
    "order_kinds": """
        alice sell 1 x1 @100 post ioc    -> refused ORDER_KIND_INVALID
        alice sell 1 x1 @100 post fok    -> refused ORDER_KIND_INVALID
        alice sell 1 x1 @100 post market -> refused ORDER_KIND_INVALID
        alice sell 1 x1 @100 reduce ioc  -> accepted, cancelled 1 x1 NOT_RESTING
        alice sell 0 x1 @100 post ioc    -> refused ORDER_KIND_INVALID     # before the id
        alice sell 0 x1 @0               -> refused ORDER_ID_INVALID       # before the price
        alice sell 1 x0 @0               -> refused PRICE_INVALID          # before the lots
    """,
}
