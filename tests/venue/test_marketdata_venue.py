"""The public feed of the whole machine: the book made from it is the venue's."""

import itertools

import msgspec
import numpy as np

import venue_flow
from hkperp.marketdata.book import FeedBook
from hkperp.marketdata.feed import Feed
from hkperp_engine.codes import InvestorClass, Side


def test_the_venues_book_is_the_feeds() -> None:
    """Events of the whole machine: liquidations, takeovers, re-clipped and restricted orders."""
    config, accounts, commands = venue_flow.flow(2, 600)
    venue = venue_flow.venue_of(config, accounts)
    affiliated = 16 + np.flatnonzero(accounts["investor_class"] == InvestorClass.AFMM)
    contracts = range(len(config.contracts))
    feed = Feed(contracts=len(contracts), affiliated=affiliated.tolist())
    books = [FeedBook(feed.snapshot(contract)) for contract in contracts]
    for command in commands:
        for message in feed.apply(venue.apply_batch(np.atleast_1d(command))):
            books[message.contract].apply(message)
        for contract, side in itertools.product(contracts, Side):
            levels = [msgspec.structs.astuple(each) for each in venue.depth(contract, side)]
            assert books[contract].depth(side) == levels
    assert all(book.sequence for book in books)
