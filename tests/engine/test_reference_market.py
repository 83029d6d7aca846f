"""The slow book, rule by rule: the corners of docs/book.md sections 10 to 13.

As `test_reference_rules`, which has sections 1 to 9.
"""

from reference_play import play


def test_mat_050_what_follows_from_a_timer_comes_before_the_next() -> None:
    play("""
        alice buy 1 x1 @99 until=10  -> accepted
        alice buy 2 x1 @98 with=1    -> accepted
        bob   buy 3 x1 @97 until=10  -> accepted
        at 10 -> cancelled 1 x1 EXPIRED, cancelled 2 x1 PARTNER, cancelled 3 x1 EXPIRED
    """)


def test_mat_051_a_countdown_runs_once() -> None:
    play("""
        alice countdown 5            -> nothing
        at 5                         -> mass-cancelled 0 COUNTDOWN
        alice buy 1 x1 @99           -> accepted
        at 50                        -> nothing
    """)


def test_mat_052_a_second_disconnection_does_nothing() -> None:
    play("""
        alice guards                 -> nothing
        alice disconnects            -> mass-cancelled 0 DISCONNECTED
        alice buy 1 x1 @99           -> accepted
        alice disconnects            -> nothing
    """)


def test_mat_060_a_post_only_stop_may_wait_in_a_call_phase() -> None:
    play("""
        market auction               -> state AUCTION
        alice buy 1 x1 @99 stop@95 post -> waits for 95
        alice buy 2 x1 @99 post      -> refused NOT_IN_AUCTION
        alice buy 2 x1 @99 day show=1 -> accepted
    """)


def test_mat_061_settling_says_how_many_orders_it_cancelled() -> None:
    play("""
        market settled               -> state SETTLED, mass-cancelled 0 SETTLED
    """)


def test_mat_062_a_price_between_two_orders_may_be_the_auction_price() -> None:
    play("""
        alice sell 1 x1 @50          -> accepted
        bob   buy  2 x1 @50          -> accepted, trade 1 x1 @50
        market auction               -> state AUCTION
        alice buy  3 x2 @60          -> accepted
        bob   sell 4 x2 @40          -> accepted
        carol sell 5 x1 @52          -> accepted
        # 40 to 51: 2 wanted, 2 offered; from 52 on 3 are offered
        market open                  -> state OPEN, uncross x2 @50 surplus 0, trade 3 x2 @50
    """)


def test_mat_063_self_trade_prevention_leaves_a_crossed_book_that_is_uncrossed_again() -> None:
    play("""
        market auction               -> state AUCTION
        alice  buy  1 x5 @105        -> accepted
        alice2 sell 2 x5 @95         -> accepted
        bob    sell 3 x1 @104        -> accepted
        # at 95 to 103 five lots, but the second order is alice's too: it goes
        market open -> state OPEN, uncross x5 @95 surplus 0, cancelled 2 x5 SELF_TRADE, \
uncross x1 @104 surplus 4, trade 1 x1 @104
    """)


def test_mat_064_a_pause_observes_nothing_until_it_ends() -> None:
    play("""
        rules volatility_ppb=50000000 pause_ns=1000000000
        alice sell 1 x1 @100         -> accepted
        bob   buy  2 x1 @100         -> accepted, trade 1 x1 @100
        alice sell 3 x1 @105         -> accepted
        alice sell 4 x1 @106         -> accepted
        carol buy  5 x1 @50 stop@105 -> waits for 105
        bob   buy  6 x2 @106 ioc -> accepted, trade 3 x1 @105, cancelled 6 x1 VOLATILITY, \
state VOLATILITY_AUCTION until 1000000000 ref 100
        waiting                      -> 5 x1 trigger 105
        at 1000000000                -> state OPEN, triggered 5 by last 105, accepted 5
        # the history began anew, and nothing has traded since: no band
        bob   buy  7 x1 @106         -> accepted, trade 4 x1 @106
    """)


def test_mat_064_no_trade_is_outside_the_band_on_either_side() -> None:
    play("""
        rules volatility_ppb=50000000 pause_ns=1000000000
        alice sell 1 x1 @100         -> accepted
        bob   buy  2 x1 @100         -> accepted, trade 1 x1 @100
        alice sell 3 x1 @94          -> accepted
        bob   buy  4 x1 @100 fok     -> refused FOK_NOT_FILLABLE
        bob   buy  4 x1 @100 -> accepted, state VOLATILITY_AUCTION until 1000000000 ref 100
        at 1000000000 -> state OPEN, uncross x1 @100 surplus 0, trade 3 x1 @100
    """)


def test_mat_065_the_first_trade_is_the_reference_until_one_is_old_enough() -> None:
    play("""
        rules volatility_ppb=50000000 lookback_ns=60000000000 pause_ns=1000000000
        alice sell 1 x1 @100         -> accepted
        alice sell 2 x9 @130         -> accepted
        # one sweep has one band, that of its begin: none
        bob   buy  3 x2 @130         -> accepted, trade 1 x1 @100, trade 2 x1 @130
        bob   buy  4 x1 @130 ioc -> accepted, cancelled 4 x1 VOLATILITY, \
state VOLATILITY_AUCTION until 1000000000 ref 100
    """)


def test_mat_070_a_range_leaves_waiting_orders_alone() -> None:
    play("""
        alice buy 1 x1 @95 stop@99   -> waits for 99
        alice buy 2 x1 @95           -> accepted
        alice mass-cancel 95..95 -> cancelled 2 x1 MASS_CANCEL, mass-cancelled 1 MASS_CANCEL
        alice mass-cancel bids -> cancelled 1 x1 MASS_CANCEL, mass-cancelled 1 MASS_CANCEL
    """)


def test_mat_071_a_killed_owner_reduces_and_a_wallet_may_be_released_alone() -> None:
    play("""
        alice  kill-owner            -> killed OWNER, mass-cancelled 0 KILL_SWITCH
        alice2 buy 1 x1 @95          -> refused KILL_SWITCH_ENGAGED
        alice2 release               -> released WALLET
        alice2 buy 1 x1 @95          -> accepted
        alice  buy 2 x1 @95          -> refused KILL_SWITCH_ENGAGED
    """)


def test_mat_072_suspended_affiliates_reduce_only() -> None:
    play("""
        afmm suspend                 -> suspended, mass-cancelled 0 AFMM_SUSPENDED
        afmm2 buy 1 x1 @95           -> refused AFMM_NOT_PERMITTED
        afmm2 buy 1 x1 @95 reduce    -> accepted
    """)


def test_mat_073_a_quote_of_another_wallet_is_no_quote_of_ours() -> None:
    play("""
        bob   quote 10 x5@99 x0@0    -> accepted
        alice quote 10 x5@105 x5@106 -> refused ORDER_ID_IN_USE, accepted 11
        bob   cancel 10              -> cancelled 10 x5 REQUESTED
    """)


def test_mat_075_setting_a_protection_again_thaws_it() -> None:
    play("""
        bob   protect window=100 trades=1 -> nothing
        bob   quote 10 x5@99 x5@101  -> accepted, accepted 11
        alice buy 1 x1 @101 -> accepted, trade 11 x1 @101, protection TRADES 1, \
cancelled 11 x4 PROTECTION, cancelled 10 x5 PROTECTION
        bob   quote 10 x5@99 x5@101  -> refused QUOTES_FROZEN
        bob   protect window=100 trades=1 -> nothing
        bob   quote 10 x5@99 x5@101  -> accepted, accepted 11
    """)


def test_mat_076_a_fill_as_old_as_the_window_counts_no_more() -> None:
    play("""
        bob   protect window=10 trades=2 -> nothing
        bob   quote 10 x5@99 x5@101  -> accepted, accepted 11
        alice buy 1 x1 @101          -> accepted, trade 11 x1 @101
        at 10                        -> nothing
        alice buy 2 x1 @101          -> accepted, trade 11 x1 @101
        at 19                        -> nothing
        alice sell 3 x1 @99 -> accepted, trade 10 x1 @99, protection TRADES 2, \
cancelled 11 x3 PROTECTION, cancelled 10 x4 PROTECTION
    """)


def test_mat_077_an_order_that_trades_survives_its_partner() -> None:
    play("""
        alice sell 1 x5 @100         -> accepted
        alice sell 2 x5 @101 with=1  -> accepted
        alice sell 3 x5 @102 with=1  -> refused PARTNER_UNKNOWN
        bob   buy  4 x1 @100         -> accepted, trade 1 x1 @100, cancelled 2 x5 PARTNER
        alice sell 3 x5 @102 with=1  -> accepted
    """)


def test_mat_080_what_a_fired_order_is_asked() -> None:
    play("""
        rules order_lots_max=5 order_notional_max=400 price_band_ppb=100000000 open_orders_max=2
        alice buy 1 x9 @90 stop@105 on=mark -> refused LIM_ORDER_LOTS
        alice buy 1 x5 @90 stop@105 on=mark -> waits for 105
        alice buy 2 x1 @50 stop@105 on=mark -> waits for 105
        carol sell 3 x1 @100         -> accepted
        bob   buy  4 x1 @100         -> accepted, trade 3 x1 @100
        mark 105 -> triggered 1 by mark 105, refused 1 LIM_ORDER_NOTIONAL, \
triggered 2 by mark 105, refused 2 PRICE_OUTSIDE_BAND
    """)


def test_mat_081_the_exemption_is_the_affiliate_s_alone() -> None:
    play("""
        rules messages_max=1 rate_exempt=1
        afmm  quote 10 x1@98 x1@102  -> accepted, accepted 11
        afmm  quote 10 x1@98 x1@102  -> amended 10 x1 @98, amended 11 x1 @102
        alice quote 20 x1@98 x1@102  -> accepted, accepted 21
        alice quote 20 x1@98 x1@102  -> refused LIM_MESSAGE_RATE
    """)
