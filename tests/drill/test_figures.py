"""What a drill reports is what its log says: by hand, and as sums of events (DEF-01)."""

import numpy as np
import pytest

from drill_cases import ADL, AFMM, CASES, CLIENT, GROUP, IDS, ISSUER, TORN, WOUND, Case, held
from hkperp.drill.figures import Figures, figures
from hkperp.drill.report import report_of
from hkperp.drill.runner import read_again
from hkperp.drill.subject import Choice, Who
from hkperp_engine.codes import Event, HouseWallet, Layer, Posting

HKD = 10**6


def of(case: Case, *, fails: bool = True) -> Figures:
    found = held(case, fails=fails).played
    return figures(found.drill, found.record)


def borne(found: Figures) -> list[int]:
    """What layers 1 to 7 bore, whole HKD."""
    return [each.borne_quote // HKD for each in found.layers]


def test_the_largest_client_by_hand() -> None:
    """Alice fails at 100 with 2,000, less 2% of 30 lots for the backstop and a fee of 50.

    The platform has 30 at 100, worth 600 less at 80: 100 + 258 (200, and fees of 50 and 8) + 50,
    and 192 of gains. At 100 it makes 600: 192 go back, 408 into the reserve.
    """
    found = of(CLIENT)
    assert (found.deficit_own_quote, found.deficit_others_quote) == (0, 0)
    assert found.deficit_platform_quote == 600 * HKD
    assert borne(found) == [0, 100, 258, 50, 192, 0, 0]
    assert [each.net_quote for each in found.hurt] == [0] * 4
    assert [each.repaid_quote // HKD for each in found.hurt] == [64, 128, 0, 0]
    assert found.returned_quote == (2_000 - 60 - 50) * HKD
    reserve = found.layer(Layer.RESERVE)
    # 50 + 8, 408, and 18 of the affiliate, which the scenario itself declares at the end.
    assert (reserve.received_quote, reserve.after_quote) == (484 * HKD, 426 * HKD)
    assert [each.due_quote // HKD for each in found.layers] == [0, 100, 0, 50, 0, 0, 0]
    assert found.principal_quote == 0


def test_the_affiliate_by_hand() -> None:
    """AFMM: it has no position yet; without it nobody stands by when the long of 100 fails."""
    found = of(AFMM)
    assert found.deficit_others_quote == found.deficit_quote == 1_000 * HKD
    assert borne(found) == [2_000, 100, 200, 50, 650, 0, 0]
    assert found.returned_quote == 5_000 * HKD  # all it had
    assert not (held(AFMM).events["kind"] == Event.BACKSTOP).any()
    assert (held(AFMM, fails=False).events["kind"] == Event.BACKSTOP).any()


def test_a_margin_that_covers_its_loss_exactly_is_layer_1s() -> None:
    """(LOSS-01) daisy, who did not fail, loses her last 30,000 at 10:10: as in layer-1.yaml."""
    assert borne(of(Case("layer-1", "09:59", Choice(Who.ACCOUNT, "xaver"))))[0] == 30_000


def test_the_largest_group_by_hand() -> None:
    """Shorts of 60 and 40 fail at 100, so nobody loses: not even the long, which had to close."""
    drill = held(GROUP).played.drill
    assert [each.name for each in drill.defaulters] == ["calm", "bold"]
    assert sum(each.notional_quote for each in drill.defaulters) == 10_000 * HKD
    assert of(GROUP).deficit_quote == 0


def test_a_default_that_is_too_late() -> None:
    """Declared a minute before it could not pay anyway: the same as without the declaration."""
    assert borne(of(ADL)) == borne(of(ADL, fails=False)) == [30_000, 1_000, 6_000, 0, 24_840, 0, 0]
    assert of(ADL).deficit_own_quote == 10_000 * HKD
    assert of(ADL, fails=False).deficit_own_quote == 0  # it is somebody's who was not declared


def test_an_issuer_by_hand() -> None:
    """DEF-02: 14,500 units gone, 40% back, each holder its own; the waterfall pays nothing."""
    found = of(ISSUER)
    assert borne(found) == [0] * 7
    lost = {held(ISSUER).played.drill.name_of(each.wallet): each for each in found.hurt}
    assert [each.lost_units // HKD for each in lost.values()] == [10_000, 3_000, 1_000, 500]
    assert all(5 * each.recovered_quote == 2 * each.lost_units for each in lost.values())
    assert lost["long"].is_liquidated and not lost["holder"].is_liquidated


def test_the_last_layers() -> None:
    """Layer 5 gives its cap of 5%, layer 6 what the torn up had gained; layer 7 the rest."""
    assert borne(of(TORN)) == [0, 0, 0, 0, 5_000, 5_000, 0]
    last = of(WOUND)
    assert last.layer(Layer.WIND_DOWN).borne_quote > 0
    assert last.platform_lots == (0,)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_figures_are_sums_of_events(case: Case) -> None:
    found, drill = of(case), held(case).played.drill
    events = held(case).events
    since = events[events["sequence"] > drill.sequence]

    def total(kind: Event, code: int | None = None, column: str = "amount") -> int:
        rows = since[since["kind"] == kind]
        return int(rows[rows["code"] == code if code is not None else slice(None)][column].sum())

    assert found.deficit_quote == total(Event.DEFAULT) == total(Event.ALLOCATION)
    assert found.deficit_quote == sum(each.borne_quote for each in found.layers[1:])
    for each in found.layers[1:]:
        assert each.borne_quote == total(Event.ALLOCATION, each.layer), each.layer
    posted = events[events["kind"] == Event.POSTING]
    for layer, wallet in (
        (Layer.FIRST_LOSS, HouseWallet.FIRST_LOSS),
        (Layer.RESERVE, HouseWallet.RESERVE),
        (Layer.SECOND_TRANCHE, HouseWallet.SECOND_TRANCHE),
    ):
        use = found.layer(layer)
        paid_in = posted["amount"][posted["counter_wallet"] == wallet].sum()
        assert use.after_quote == paid_in - posted["amount"][posted["wallet"] == wallet].sum()
        paid = use.borne_quote - use.given_quote
        assert use.before_quote - paid + use.received_quote == use.after_quote
        assert use.due_quote == max(0, use.before_quote - use.after_quote)
    own = np.isin(since["wallet"], drill.wallets())
    cut = since[(since["kind"] == Event.HAIRCUT) & ~own]["amount"].sum()
    assert sum(each.cut_quote for each in found.hurt) == cut
    given = since[(since["kind"] == Event.DELEVERAGE) & ~own]["amount"].sum()
    assert sum(each.given_quote for each in found.hurt) == given
    assert sum(each.lost_units for each in found.hurt) == total(Event.POSTING, Posting.ISSUER_LOSS)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_timeline_is_the_same_sums(case: Case) -> None:
    """Every event of a loss is in one step, and the steps are in the order of the log."""
    found = held(case).played
    report = report_of(found.drill, found.record, of(case, fails=False), "", "")
    assert [each.sequence for each in report.steps] == sorted(
        each.sequence for each in report.steps
    )
    for kind in (Event.DEFAULT, Event.HAIRCUT, Event.DELEVERAGE):
        rows = found.record.of(kind)
        steps = [each for each in report.steps if each.what == kind.name]
        assert sum(each.events for each in steps) == len(rows)
        assert sum(each.amount_quote for each in steps) == sum(row["amount"] for row in rows)
    for layer in Layer:
        steps = [each for each in report.steps if each.what == layer.name]
        borne_quote = sum(each.amount_quote for each in steps)
        assert layer == Layer.DEFAULTER or borne_quote == report.figures.layer(layer).borne_quote


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_log_tells_everything(case: Case) -> None:
    """The report is made of the log alone: read again, it is the same."""
    found = held(case)
    record = read_again(found.played.drill, found.events)
    assert record.rows == found.played.record.rows
    assert record.trades == found.played.record.trades
    without = of(case, fails=False)
    drill = found.played.drill
    assert report_of(drill, record, without, "", "") == report_of(
        drill, found.played.record, without, "", ""
    )


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_nothing_changes_before_the_declaration(case: Case) -> None:
    """Up to its point a drill is the scenario, byte for byte; the next event is the operator's."""
    found, plain = held(case), held(case, fails=False)
    count = found.played.drill.sequence
    assert count == plain.played.drill.sequence > 10
    assert found.events[:count].tobytes() == plain.events[:count].tobytes()
    first = found.events[count]
    assert first["time_ns"] == found.played.drill.at_ns
    assert first["kind"] in (Event.AFMM_SUSPENDED, Event.KILL_SWITCH, Event.ASSET_STATE)
    assert (plain.events[count:]["time_ns"] >= found.played.drill.at_ns).all()


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_scenario_goes_on_to_its_end(case: Case) -> None:
    """After the declaration all its mark steps come, as many as without it."""
    found, plain = held(case), held(case, fails=False)
    steps = []
    for each in (found, plain):
        rows = each.events[each.events["kind"] == Event.INDEX]
        times = np.unique(rows["time_ns"])
        steps.append(times[times <= found.scenario.end].tolist())
    drill = found.played.drill
    assert [time for time in steps[0] if time > drill.at_ns]
    ends = [of(case, fails=fails).layer(Layer.WIND_DOWN).borne_quote for fails in (True, False)]
    if not any(ends):  # a venue that is wound down has no mark steps any more
        assert steps[0] == steps[1]
        assert steps[0][-1] == drill.until_ns
