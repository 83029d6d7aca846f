/* The door of either build: `apply_orders` until all is done, a ringful of events at a time. */

int64_t feed(int64_t *arena, const COMMAND *commands, int64_t count, EVENT *kept,
             int64_t kept_rows, int64_t *kept_count) {
    ENGINE *engine = SECTION(arena, engine);
    EVENT *ring = SECTION(arena, events);
    int64_t first = 0, reason = DRAIN, used = 0;
    while (reason == DRAIN) {
        reason = apply_orders(arena, commands, count, &first);
        int64_t fresh = engine->events_used;
        if (kept != NULL) {
            if (used + fresh > kept_rows)
                return GROW;
            memcpy(kept + used, ring, (size_t)fresh * sizeof(EVENT));
        }
        used += fresh;
        engine->events_used = 0;
    }
    *kept_count = used;
    return reason;
}

#ifdef COUNTED
/* A build for profile-guided optimisation writes its counts when it is told to. */
void __gcov_dump(void);
void dump_profile(void);
void dump_profile(void) { __gcov_dump(); }
#endif
