"""The slow book, rule by rule: the corners of docs/book.md sections 1 to 9.

Plain cases of each rule are in `book_tables*`, for both books; here the oracle alone answers for
what is easily read in two ways.
"""

from reference_play import play


def test_mat_001_the_best_price_first_whoever_offers_it() -> None:
    play("""
        alice sell 1 x1 @101         -> accepted
        afmm  sell 2 x1 @100         -> accepted
        bob   buy  3 x2 @101         -> accepted, trade 2 x1 @100, trade 1 x1 @101
    """)


def test_mat_002_a_hidden_client_stands_before_a_shown_affiliate() -> None:
    play("""
        afmm  sell 1 x1 @100         -> accepted
        alice sell 2 x1 @100 hidden  -> accepted
        bob   buy  3 x1 @100         -> accepted, trade 2 x1 @100
    """)


def test_mat_003_a_partly_filled_order_keeps_its_place() -> None:
    play("""
        alice sell 1 x3 @100         -> accepted
        carol sell 2 x3 @100         -> accepted
        bob   buy  3 x1 @100         -> accepted, trade 1 x1 @100
        asks                         -> 1 x2 @100, 2 x3 @100
    """)


def test_mat_004_a_trade_is_at_the_resting_price() -> None:
    play("""
        alice buy  1 x1 @105         -> accepted
        bob   sell 2 x1 @90          -> accepted, trade 1 x1 @105
    """)


def test_mat_010_who_is_condemned_goes_between_two_fills() -> None:
    play("""
        alice sell 1 x2 @100         -> accepted
        alice sell 2 x5 @101 with=1  -> accepted
        carol sell 3 x1 @102         -> accepted
        bob   buy  4 x4 @102 -> accepted, trade 1 x2 @100, cancelled 2 x5 PARTNER, trade 3 x1 @102
    """)


def test_mat_010_a_refusal_changes_nothing_but_the_time() -> None:
    play("""
        alice buy 1 x1 @99 until=10  -> accepted
        at 9                         -> nothing
        bob   cancel 1               -> refused ORDER_UNKNOWN
        bids                         -> 1 x1 @99
        at 20                        -> cancelled 1 x1 EXPIRED
        at 19                        -> refused TIME_WENT_BACK
    """)


def test_mat_011_refusals_in_their_order() -> None:
    play("""
        rules order_lots_max=5 open_orders_max=1
        alice buy 1 x1 @99           -> accepted
        afmm suspend                 -> suspended, mass-cancelled 0 AFMM_SUSPENDED
        market halted                -> state HALTED
        afmm  buy 1 x9 @0            -> refused PRICE_INVALID
        afmm  buy 1 x9 @99           -> refused MARKET_HALTED
        market reduce-only           -> state REDUCE_ONLY
        afmm  buy 1 x9 @99           -> refused AFMM_NOT_PERMITTED
        alice buy 1 x9 @99           -> refused MARKET_REDUCE_ONLY
        alice buy 1 x9 @99 reduce    -> refused LIM_OPEN_ORDERS
        bob   buy 1 x9 @99 reduce    -> refused LIM_ORDER_LOTS
        bob   buy 1 x5 @99 reduce    -> refused ORDER_ID_IN_USE
    """)


def test_mat_012_a_day_order_expires_at_the_next_start_of_a_day() -> None:
    play("""
        rules day_start_ns=100
        at 99                        -> nothing
        alice buy 1 x1 @99 day       -> accepted
        at 100                       -> cancelled 1 x1 EXPIRED
        alice buy 1 x1 @99 day       -> accepted
        at 86400000000099            -> nothing
        at 86400000000100            -> cancelled 1 x1 EXPIRED
    """)


def test_mat_013_an_own_or_hidden_order_would_trade_too() -> None:
    play("""
        alice sell 1 x1 @100 hidden  -> accepted
        bob   buy  2 x1 @100 post    -> refused POST_ONLY_WOULD_TRADE
        alice buy  2 x1 @100 post    -> refused POST_ONLY_WOULD_TRADE
    """)


def test_mat_014_sliding_stops_at_the_ends_of_the_price_range() -> None:
    play("""
        alice sell 1 x1 @100         -> accepted
        bob   buy  2 x1 @105 slide   -> accepted @99
        bob   amend 2 x1 @103        -> amended 2 x1 @99
        alice cancel 1               -> cancelled 1 x1 REQUESTED
        alice sell 1 x1 @1           -> accepted, trade 2 x1 @99
        alice sell 1 x1 @1           -> accepted
        bob   buy  2 x1 @5 slide     -> refused POST_ONLY_WOULD_TRADE
        carol buy  3 x2 @1000        -> accepted, trade 1 x1 @1
        bob   sell 2 x1 @5 slide     -> refused POST_ONLY_WOULD_TRADE
    """)


def test_mat_015_cancel_works_in_every_state_for_the_own_wallet_only() -> None:
    play("""
        alice buy 1 x1 @99           -> accepted
        alice buy 2 x2 stop@105 market -> waits for 105
        market closed                -> state CLOSED
        alice2 cancel 1              -> refused ORDER_UNKNOWN
        alice cancel 1               -> cancelled 1 x1 REQUESTED
        alice cancel 2               -> cancelled 2 x2 REQUESTED
    """)


def test_mat_016_a_total_counts_what_has_traded() -> None:
    play("""
        alice sell 1 x5 @100         -> accepted
        bob   buy  2 x3 @100         -> accepted, trade 1 x3 @100
        alice amend 1 x4 @100 total  -> amended 1 x1 @100
        alice amend 1 x3 @100 total  -> refused LOTS_INVALID
        alice amend 1 x8 @101 total  -> amended 1 x5 @101
        bob   buy  3 x1 @101         -> accepted, trade 1 x1 @101
        alice amend 1 x8 @101 total  -> amended 1 x4 @101
    """)


def test_mat_017_an_iceberg_shows_no_more_than_is_left() -> None:
    play("""
        alice sell 1 x9 @100 show=4  -> accepted
        bob   sell 2 x1 @100         -> accepted
        alice amend 1 x3 @100        -> amended 1 x3 @100
        public asks                  -> x4 @100
        asks                         -> 1 x3 @100, 2 x1 @100
    """)


def test_mat_018_a_new_arrival_keeps_its_slice_its_expiry_and_its_partner() -> None:
    play("""
        alice sell 1 x9 @105 show=2 until=50 -> accepted
        alice sell 2 x1 @106 with=1  -> accepted
        bob   buy  3 x3 @100         -> accepted
        alice amend 1 x8 @100 -> amended 1 x8 @100, trade 3 x3 @100, cancelled 2 x1 PARTNER
        asks                         -> 1 x5 @100 shows 2
        at 50                        -> cancelled 1 x5 EXPIRED
    """)


def test_mat_019_a_waiting_order_moves_unless_its_lots_only_shrink() -> None:
    play("""
        alice buy 1 x2 @110 stop@105 on=mark -> waits for 105
        bob   buy 2 x2 @110 stop@105 on=mark -> waits for 105
        alice amend 1 x1 @110        -> amended 1 x1 @110
        mark 104                     -> nothing
        bob   amend 2 x2 @110 stop@104 -> refused TRIGGER_ALREADY_MET
        bob   amend 2 x2 @110 stop@1001 -> refused TRIGGER_INVALID
        alice amend 1 x1 @111 stop@106 -> amended 1 x1 @111
        alice amend 1 x1 @111 stop@105 -> amended 1 x1 @111
        mark 105 -> triggered 2 by mark 105, accepted 2, triggered 1 by mark 105, accepted 1
    """)


def test_mat_019_a_fired_order_stays_fired() -> None:
    play("""
        rules triggers_max=1
        alice buy 1 x2 @50 stop@105 on=mark -> waits for 105
        bob   buy 2 x2 @50 stop@105 on=mark -> waits for 105
        mark 105                     -> triggered 1 by mark 105, accepted 1, cap 1 left
        market halted                -> state HALTED
        market pre-open              -> state PRE_OPEN
        bob   amend 2 x5 @51 stop@500 -> amended 2 x5 @51
        market open                  -> state OPEN, triggered 2 by mark 105, accepted 2
        bids                         -> 2 x5 @51, 1 x2 @50
    """)


def test_mat_020_fok_counts_all_lots_of_others_inside_the_band() -> None:
    play("""
        rules volatility_ppb=50000000
        alice sell 1 x1 @100         -> accepted
        bob   buy  2 x1 @100         -> accepted, trade 1 x1 @100
        alice sell 1 x2 @100 hidden  -> accepted
        alice sell 3 x4 @105 show=1  -> accepted
        carol sell 4 x9 @106         -> accepted
        bob   buy  5 x7 @110 fok     -> refused FOK_NOT_FILLABLE
        bob   buy  5 x3 @110 fok     -> accepted, trade 1 x2 @100, trade 3 x1 @105, refreshed 3 x1
    """)


def test_mat_021_a_market_order_by_notional_never_spends_more() -> None:
    play("""
        alice sell 1 x2 @100         -> accepted
        bob   sell 2 x2 @110 reduce  -> accepted
        bob   sell 3 x9 @120         -> accepted
        carol buy  4 worth=99        -> refused NOTIONAL_TOO_SMALL
        # counted: 2 x 100 and one of 120; bought: 2 x 100 and one of 110
        carol buy  4 worth=430       -> accepted x3, trade 1 x2 @100, trade 2 x1 @110
    """)


def test_mat_022_decrement_takes_from_all_lots_of_an_iceberg() -> None:
    play("""
        alice  sell 1 x9 @100 show=2 -> accepted
        bob    sell 2 x1 @100        -> accepted
        alice2 buy  3 x8 @100 decrement -> accepted, reduced 1 x8 SELF_TRADE, \
cancelled 3 x8 SELF_TRADE
        asks                         -> 1 x1 @100, 2 x1 @100
    """)


def test_mat_022_what_self_trade_prevention_cancels_takes_its_partner_along() -> None:
    play("""
        alice sell 1 x1 @100         -> accepted
        alice sell 2 x1 @105 with=1  -> accepted
        alice buy  3 x1 @100 both -> accepted, cancelled 1 x1 SELF_TRADE, \
cancelled 3 x1 SELF_TRADE, cancelled 2 x1 PARTNER
    """)


def test_mat_030_a_price_that_is_not_known_meets_nothing() -> None:
    play("""
        alice sell 1 x1 @50 take@1 on=index -> waits for 1
        mark 500                     -> nothing
        index 1                      -> triggered 1 by index 1, accepted 1
    """)


def test_mat_031_a_waiting_order_expires_and_is_cancelled_like_any_other() -> None:
    play("""
        alice buy 1 x1 stop@105 market until=10 -> waits for 105
        alice buy 2 x1 trail=5       -> waits for 0
        alice mass-cancel 1..1000    -> mass-cancelled 0 MASS_CANCEL
        at 10                        -> cancelled 1 x1 EXPIRED
        alice mass-cancel -> cancelled 2 x1 MASS_CANCEL, mass-cancelled 1 MASS_CANCEL
    """)


def test_mat_032_a_call_phase_observes_nothing_until_it_ends() -> None:
    play("""
        market auction               -> state AUCTION
        alice buy 1 x1 @50 stop@105 on=index -> waits for 105
        alice buy 2 x1 @50 stop@105 on=mark -> waits for 105
        index 105                    -> nothing
        mark 105                     -> nothing
        market reduce-only -> state REDUCE_ONLY, triggered 2 by mark 105, \
refused 2 MARKET_REDUCE_ONLY, triggered 1 by index 105, refused 1 MARKET_REDUCE_ONLY
    """)


def test_mat_033_trailing_orders_move_first_and_may_fire_last() -> None:
    play("""
        mark 100                     -> nothing
        alice sell 1 x1 @900 stop@90 on=mark -> waits for 90
        bob   sell 2 x1 trail=10 on=mark -> waits for 0
        # the trailing sell joined its trigger first of all, then moved there and back
        waiting                      -> 1 x1 trigger 90, 2 x1 trigger 90
        mark 101                     -> nothing
        waiting                      -> 1 x1 trigger 90, 2 x1 trigger 91
        mark 90 -> triggered 2 by mark 90, accepted 2, cancelled 2 x1 NOT_RESTING, \
triggered 1 by mark 90, accepted 1
    """)


def test_mat_034_a_refused_fired_order_is_gone_and_so_is_its_partner() -> None:
    play("""
        alice buy 1 x1 @50           -> accepted
        alice buy 2 x1 @60 stop@105 on=mark with=1 -> waits for 105
        alice kill -> killed WALLET, cancelled 2 x1 KILL_SWITCH, cancelled 1 x1 PARTNER, \
mass-cancelled 1 KILL_SWITCH
        alice release                -> released WALLET
        alice buy 1 x1 @50           -> accepted
        alice buy 2 x1 @60 stop@105 post on=mark with=1 -> waits for 105
        bob   sell 3 x1 @55          -> accepted
        mark 105 -> triggered 2 by mark 105, cancelled 1 x1 PARTNER, \
refused 2 POST_ONLY_WOULD_TRADE
        waiting                      -> empty
    """)


def test_mat_034_a_fired_order_is_accepted_anew() -> None:
    play("""
        alice buy 1 x1 @50 stop@105 on=mark -> waits for 105
        alice buy 2 x1 @51           -> accepted
        mark 105                     -> triggered 1 by mark 105, accepted 1
        alice mass-cancel -> cancelled 1 x1 MASS_CANCEL, cancelled 2 x1 MASS_CANCEL, \
mass-cancelled 2 MASS_CANCEL
    """)


def test_mat_034_the_cap_counts_those_that_wait_for_their_market_too() -> None:
    play("""
        rules triggers_max=1 contracts=2
        alice buy 1 x1 @50 stop@105 on=mark -> waits for 105
        bob   buy 2 x1 @50 stop@105 on=mark -> waits for 105
        mark 105                     -> triggered 1 by mark 105, accepted 1, cap 1 left
        market halted                -> state HALTED
        alice buy 3 x1 @50 stop@105 on=mark c1 -> waits for 105
        bob   buy 4 x1 @50 stop@105 on=mark c1 -> waits for 105
        mark 105 c1                  -> triggered 3 by mark 105, accepted 3, cap 2 left
        at 1                         -> triggered 4 by mark 105, accepted 4
        waiting                      -> 2 x1 fired
    """)


def test_mat_035_triggers_stay_in_the_range_of_prices() -> None:
    play("""
        mark 3                       -> nothing
        alice sell 1 x1 trail=5 on=mark -> waits for 0
        waiting                      -> 1 x1 trigger 1
        mark 998                     -> nothing
        bob   buy  2 x1 trail=5 on=mark -> waits for 0
        waiting                      -> 1 x1 trigger 993, 2 x1 trigger 1000
    """)


def test_mat_040_a_slice_is_used_up_over_several_trades() -> None:
    play("""
        alice sell 1 x7 @100 show=3  -> accepted
        bob   sell 2 x1 @100         -> accepted
        carol buy  3 x2 @100         -> accepted, trade 1 x2 @100
        asks                         -> 1 x5 @100 shows 1, 2 x1 @100
        carol buy  3 x2 @100 -> accepted, trade 1 x1 @100, refreshed 1 x3, trade 2 x1 @100
    """)


def test_mat_041_hidden_lots_stand_in_the_queue_like_any_other() -> None:
    play("""
        alice sell 1 x2 @100 hidden  -> accepted
        carol sell 2 x2 @100         -> accepted
        bob   buy  3 x3 @100         -> accepted, trade 1 x2 @100, trade 2 x1 @100
    """)


def test_mat_042_public_depth_counts_shown_lots_only() -> None:
    play("""
        alice sell 1 x2 @100 hidden  -> accepted
        alice sell 2 x9 @101 show=2  -> accepted
        carol sell 3 x1 @101         -> accepted
        public asks                  -> x3 @101
        depth asks                   -> x2 @100, x10 @101
    """)
