// The C++ core of orderly-chaos without any boundary: its header-only book in a loop of C++.
//
// Rows of eight int64 as in messages.py. `found` receives trades, lots, sum of price times lots,
// live orders and live lots. Returns the nanoseconds of the loop.
#include <chrono>
#include <cstdint>

#include "orderly_chaos/limit_order_book.hpp"

using orderly_chaos::LimitOrderBook;
using orderly_chaos::Side;
using orderly_chaos::Trade;

namespace {
enum Kind { NEW, CANCEL, REDUCE, REPLACE };
}

extern "C" int64_t run(const int64_t* rows, int64_t count, int64_t* found, int is_counting) {
    LimitOrderBook book;
    int64_t trades = 0, lots_traded = 0, ticks_lots = 0;
    if (is_counting != 0) {
        book.set_trade_handler([&](const Trade& trade) {
            trades += 1;
            lots_traded += trade.quantity;
            ticks_lots += static_cast<int64_t>(trade.price) * trade.quantity;
        });
    }
    const auto start = std::chrono::steady_clock::now();
    for (const int64_t* row = rows; row != rows + 8 * count; row += 8) {
        const auto id = static_cast<uint64_t>(row[1]);
        const auto side = row[2] == 0 ? Side::Buy : Side::Sell;
        const auto price = static_cast<uint64_t>(row[4]);
        const auto lots = static_cast<uint32_t>(row[5]);
        if (row[0] == NEW) {
            const auto filled = book.limit(side, id, lots, price);
            if (row[3] != 0 && filled < lots)
                book.cancel(id);
        } else if (row[0] == CANCEL) {
            book.cancel(id);
        } else if (row[0] == REDUCE) {
            book.reduce(id, static_cast<uint32_t>(row[6]));
        } else {
            book.cancel(id);
            book.limit(side, id, lots, price);
        }
    }
    const auto stop = std::chrono::steady_clock::now();
    found[0] = trades;
    found[1] = lots_traded;
    found[2] = ticks_lots;
    found[3] = static_cast<int64_t>(book.count());
    found[4] = static_cast<int64_t>(book.volume());
    return std::chrono::duration_cast<std::chrono::nanoseconds>(stop - start).count();
}
