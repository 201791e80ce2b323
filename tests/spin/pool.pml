/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the pool's threads wake each other, for spin: every interleaving of a small pool. tests/spin/run.sh
 * compiles it once per configuration, and once per deliberate fault (BUG_...), which spin must find.
 *
 * One step is one access to what is touched without the lock (head, tail, ended, door_count, target); what
 * only the lock's holder touches goes with the step beside it. A futex word is 0 from when its owner reads it
 * under the lock, and something else once it was bumped; sleeping compares and sleeps in one step, a wake of
 * nobody asleep is forgotten, and wakes come after the lock's release, as late as they please.
 * Memory is sequentially consistent here: the C must ask for that at ended and door_count.
 */
#ifndef WORKERS
#define WORKERS 2  /* at the start */
#endif
#ifndef MOST
#define MOST WORKERS /* after resizing */
#endif
#ifndef CAPACITY
#define CAPACITY 1
#endif
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef EACH
#define EACH 2 /* submissions of a producer */
#endif
#ifndef RESIZE1
#define RESIZE1 0 /* targets, one after the other; 0: none */
#endif
#ifndef RESIZE2
#define RESIZE2 0
#endif
#ifndef JOBS
#define JOBS 0 /* bit i: submission i is cancellable */
#endif
#ifndef CANCELS
#define CANCELS 0 /* bit i: somebody cancels submission i, at any time */
#endif
#ifndef PAIR
#define PAIR 0 /* bit i: runs until all of those have begun, so needs a worker of its own */
#endif
#ifndef GIVES_UP
#define GIVES_UP 0 /* bit p: producer p may tire of waiting at the door */
#endif
#ifndef CPUS
#define CPUS 1 /* counters of what has ended */
#endif
#ifndef SPINS
#define SPINS 0
#endif
#ifndef SPURIOUS
#define SPURIOUS 0 /* wakes for no reason */
#endif
#ifndef LINGERS
#define LINGERS 0 /* looks of a worker that finds nothing, before it takes the lock; none while somebody is parked */
#endif
/* OPEN: an unbounded pool: nobody waits for a place, and each worker counts the ends of its calls for itself. */
#ifdef MANY
#define LIMIT work
#else
#define LIMIT 1
#endif
#ifndef RING
#ifdef OPEN
#define RING (PRODUCERS * EACH)
#else
#define RING (MOST + CAPACITY)
#endif
#endif
#ifndef CLOSE_LATE
#define CLOSE_LATE 0 /* close once the producers are through: nothing but the pool itself wakes anybody */
#endif

#ifdef DRAIN_FORGETS_DOOR
#define NOBODY_AT_DOOR true
#else
#define NOBODY_AT_DOOR (door_n == 0)
#endif

#define N (PRODUCERS * EACH)
#define has(set, i) (((set) >> (i)) & 1)

/* Fates. */
#define NONE 0
#define RAN 1
#define CANCELLED 2
#define REFUSED 3
/* Why a word was bumped. */
#define CALLED 1
#define RETIRE 2
#define ENDING 3

bit lock_;
byte head, tail, slot[RING];
byte parked[MOST], parked_n, wakes;
bit spinning;
bit refusing, ending;
byte target = WORKERS, threads;
byte admitted, ended[CPUS];
#ifdef OPEN
byte calls[MOST]; /* ended, not yet in ended[]; its worker's own, others read it under the lock */
#endif
byte running; /* entries taken, whose end is not counted */
#ifdef BUG_LINGERER_COUNTS_AS_WAKE
byte lingerers;
#endif
byte door[PRODUCERS], door_n, door_job[PRODUCERS]; /* who waits; what for */
byte door_count;
byte word[MOST], submit_word[PRODUCERS];
bit asleep[MOST], submit_asleep[PRODUCERS];
bit drain_word, drain_asleep;
byte start[MOST]; /* threads in this place, started and not yet gone; the second begins after the first */
byte fate[N];
byte begun;
bit queued[N]; /* jobs in the ring */
byte producers_done;
#if SPURIOUS
byte spurious = SPURIOUS;
#endif

inline lock() { lock_ == 0 -> lock_ = 1 }

/* No work waits where somebody could be called and nobody was. */
inline unlock() {
#ifndef GOES_ON
    assert(tail == head || parked_n == 0 || wakes > 0);
#endif
    lock_ = 0
}

/* in_flight = admitted - sum of ended, read one by one. */
inline look_first() { in_flight = admitted - ended[0] }
#if CPUS > 1
inline look_rest() { in_flight = in_flight - ended[1] }
#else
#define look_rest() skip
#endif
#ifdef OPEN
inline look_calls() {
    in_flight = in_flight - calls[0];
#if MOST > 1
    in_flight = in_flight - calls[1];
#endif
#if MOST > 2
    in_flight = in_flight - calls[2];
#endif
}
#define room true
#else
#define look_calls() skip
#define room (in_flight < target + CAPACITY)
#endif
inline look() { look_first(); look_rest(); look_calls() }

inline push(entry) {
    assert(tail - head < RING);
    slot[tail % RING] = entry;
    queued[entry] = has(JOBS, entry);
    tail++
}

inline call_one() {
    work = tail - head;
    if
#ifdef BUG_LINGERER_COUNTS_AS_WAKE
    :: parked_n > 0 && work > 0 && wakes + lingerers < LIMIT ->
#else
    :: parked_n > 0 && work > 0 && wakes < LIMIT ->
#endif
        parked_n--;
        wakes++;
        word[parked[parked_n]] = CALLED;
        wake = wake | (1 << parked[parked_n]);
        parked[parked_n] = 0
    :: else
    fi;
    work = 0
}

/* FIFO: the first of the door, out of it. */
inline door_pop() {
    who = door[0];
    door_n--;
    door_count--;
#if PRODUCERS > 1
    door[0] = door[1];
    door[1] = 0
#endif
}

/* Its word is bumped last: from then on its memory is its own again. */
inline open_door() {
    do
    :: door_n > 0 ->
        look();
        if
        :: room ->
            atomic {
                in_flight = 0;
                door_pop();
                admitted++;
#ifdef BUG_DOOR_BUMPS_FIRST
                submit_word[who] = CALLED;
            }
            atomic {
#endif
                push(door_job[who]);
                submit_word[who] = CALLED;
                wake_submit = wake_submit | (1 << who);
                who = 0
            }
            atomic { call_one() }
        :: else -> in_flight = 0; break
        fi
    :: else -> break
    od
}

/* After the release: whom it collected under the lock. */
inline wake_all() {
    if
    :: wake != 0 || wake_submit != 0 ->
        d_step {
            i = 0;
            do
            :: i < MOST -> if :: has(wake, i) -> asleep[i] = 0 :: else fi; i++
            :: else -> break
            od;
            i = 0;
            do
            :: i < PRODUCERS -> if :: has(wake_submit, i) -> submit_asleep[i] = 0 :: else fi; i++
            :: else -> break
            od;
            i = 0;
            wake = 0;
            wake_submit = 0
        }
    :: else
    fi
}

/* Returns once the word is no longer 0. */
inline wait_on(the_word, sleeps) {
    do
    :: atomic { the_word != 0 -> break }
    :: atomic { the_word == 0 -> sleeps = 1 };
        if
        :: sleeps == 0
#if SPURIOUS
        :: atomic { spurious > 0 && sleeps -> spurious--; sleeps = 0 }
#endif
        fi
    od
}

/* Under the lock: whoever waits in close hears that nothing is left. */
inline look_drained() {
    if
    :: refusing ->
        look();
        if
        :: in_flight == 0 && NOBODY_AT_DOOR -> atomic { drain_word = 1; drain = 1 }
        :: else
        fi;
        in_flight = 0
    :: else
    fi
}
inline wake_drain() {
    if
    :: drain -> d_step { drain_asleep = 0; drain = 0 }
    :: else
    fi
}

#define locals byte in_flight, work, wake, wake_submit, who, i

/* An entry was taken: it will run. */
inline take(entry) {
    assert(fate[entry] == NONE);
    fate[entry] = RAN;
    running++;
#if PAIR
    mine = entry;
    begun = begun | (1 << entry)
#endif
}

proctype worker(byte me) {
    locals;
    bit spun, drain, got;
#if PAIR
    byte mine;
#endif
#if defined(BUG_TAKES_WITHOUT_CAS)
    byte h;
#endif
#if LINGERS
    byte lingered;
#endif

idle:
end_idle:
    start[me] > 0;
top:
    /* Without the lock. It may be blind to a new target. */
    atomic {
        if
        :: threads > target -> goto slow
        :: true
        fi;
        if
        :: tail != head ->
            if
#ifndef BUG_JOB_TAKEN_LOCKFREE
            :: has(JOBS, slot[head % RING]) -> goto slow
            :: else ->
#else
            :: true ->
                queued[slot[head % RING]] = 0;
#endif
                take(slot[head % RING]);
                head++;
#if LINGERS
                lingered = 0;
#endif
                goto runs
            fi
#if LINGERS
        :: else -> goto lingers
#else
        :: else -> goto slow
#endif
        fi
    }

#if LINGERS
lingers: /* nothing was there, and nobody has heard of it */
#ifdef BUG_LINGERS_FOR_EVER
    atomic {
        if
        :: tail != head || threads > target -> goto top
        :: parked_n > 0 -> goto slow
        fi
    }
#elif defined(BUG_LINGERER_COUNTS_AS_WAKE)
    atomic {
        if
        :: parked_n == 0 && lingered < LINGERS -> lingered++; lingerers++
        :: else -> lingered = 0; goto slow
        fi
    }
    atomic { lingerers--; goto top }
#else
    atomic {
        if
        :: parked_n == 0 && lingered < LINGERS -> lingered++; goto top
        :: lingered = 0; goto slow /* also where calls are no longer short */
        fi
    }
#endif
#endif

    atomic {
        skip; /* never here: in by the labels */
    slow:
        lock();
    locked: /* has the lock */
        if
        :: threads > target -> goto retires
        :: else
        fi;
        /* The first live entry. */
        if
        :: tail == head
        :: tail != head ->
            if
            :: has(JOBS, slot[head % RING]) && !queued[slot[head % RING]] -> head++; goto tombstone
            :: has(JOBS, slot[head % RING]) && queued[slot[head % RING]] ->
                queued[slot[head % RING]] = 0;
                take(slot[head % RING]);
                head++;
                spun = 0;
                goto passes_on
            :: else ->
#ifdef BUG_TAKES_WITHOUT_CAS
                h = head;
                goto takes
#else
                take(slot[head % RING]);
                head++;
                spun = 0;
                goto passes_on
#endif
            fi
        fi;
        /* Nothing to do. */
#if SPINS
        if
        :: !spun && !spinning && !ending ->
            spinning = 1;
            wakes++;
            spun = 1;
            unlock();
            goto spins
        :: else
        fi;
    spun_out:
        spun = 0;
#endif
        if
        :: ending -> goto retires
        :: else
        fi;
#ifndef BUG_PARKS_WITHOUT_LOOK
        if
        :: refusing -> goto looks_drained
        :: else
        fi;
#endif
    parks:
        word[me] = 0;
        parked[parked_n] = me;
        parked_n++;
        unlock();
        goto sleeps;

    woken:
        lock();
        if
        :: word[me] == CALLED -> wakes--; got = 1
#ifdef BUG_RETIRES_AS_TOLD
        :: word[me] == RETIRE -> word[me] = 0; goto retires
#endif
        :: else
        fi;
        word[me] = 0;
#ifdef GOES_ON /* looks for work without the lock, as if it had come from a job */
        if
        :: got -> got = 0; if :: tail - head > 1 -> call_one() :: else fi; unlock(); goto goes_on
        :: else
        fi;
#endif
        got = 0;
        goto locked;

#if SPINS
    spun_enough:
        lock();
        spinning = 0;
        wakes--;
#ifdef BUG_SPINNER_PARKS_BLIND
        goto spun_out;
#else
        goto locked;
#endif
#endif
    }

#ifdef BUG_TAKES_WITHOUT_CAS
takes:
    atomic { take(slot[h % RING]); head = h + 1; h = 0; spun = 0 }
    goto passes_on;
#endif

tombstone: /* has the lock */
#ifndef CANCEL_ENDS
    ended[me % CPUS]++;
#ifndef BUG_TOMBSTONE_KEEPS_DOOR
    open_door();
#endif
#endif
    goto locked;

looks_drained: /* has the lock */
    look_drained();
    goto parks;

sleeps:
    wake_all();
    wake_drain();
#ifdef BUG_WORD_READ_LATE
    word[me] = 0;
#endif
    wait_on(word[me], asleep[me]);
    goto woken;

#ifdef GOES_ON
goes_on:
    wake_all();
    goto top;
#endif

#if SPINS
spins:
    wake_all();
#ifdef BUG_SPINNER_KEEPS_WAKE
    /* Takes what it sees without the lock, and is still counted as one who will look. */
    atomic {
        if
        :: tail != head && !has(JOBS, slot[head % RING]) -> take(slot[head % RING]); head++; spun = 0; got = 1; goto runs
        :: true
        fi
    }
#endif
    goto spun_enough; /* what it sees only ends the polling sooner */
#endif

passes_on: /* has the lock, and an entry */
    atomic {
#ifndef BUG_WOKEN_PASSES_NOTHING_ON
        call_one();
        unlock()
#else
        lock_ = 0
#endif
    }
    wake_all();

runs:
#if PAIR
    if
    :: !has(PAIR, mine) || (begun & PAIR) == PAIR
    fi;
    mine = 0;
#endif
#ifdef OPEN
#ifdef BUG_CALL_COUNTED_FIRST
    calls[me]++;
    running--;
#else
    atomic { running--; calls[me]++ }
#endif
    goto top;
#else
#ifdef BUG_DOOR_LOOKED_AT_FIRST
    got = door_count > 0;
    atomic { running--; ended[me % CPUS]++ }
    if
    :: got -> got = 0;
        atomic { lock() }
#else
    atomic { running--; ended[me % CPUS]++ }
    if
    :: door_count > 0 ->
        atomic { lock() }
#endif
        open_door();
        atomic { unlock() }
        wake_all()
    :: else
    fi;
#ifdef BUG_SPINNER_KEEPS_WAKE
    if
    :: got -> got = 0; goto spun_enough
    :: else
    fi;
#endif
    goto top;
#endif

retires: /* has the lock, counted in no wakes */
    atomic {
        threads--;
        spun = 0;
#ifdef OPEN
#ifndef BUG_CALLS_LEFT_BEHIND
        ended[me % CPUS] = ended[me % CPUS] + calls[me];
#endif
#ifndef BUG_CALLS_COUNTED_TWICE
        calls[me] = 0;
#endif
#endif
#ifndef BUG_RETIRING_SWALLOWS_WAKE
        call_one()
#endif
    }
#ifndef RETIRING_FORGETS_DRAIN
    look_drained();
#endif
    atomic { unlock() }
    wake_all();
    wake_drain();
    start[me]--;
    goto idle
}

proctype producer(byte me) {
    locals;
    byte n;
    bit drain;

    do
    :: n < EACH ->
        atomic {
            lock();
            if
            :: refusing -> fate[me * EACH + n] = REFUSED; unlock(); goto next
            :: else
            fi;
#ifdef OPEN
        }
#else
            look_first()
        }
        look_rest();
#endif
        if
        :: room && door_n == 0 ->
#ifdef BUG_WAKE_BEFORE_PUSH
            atomic { in_flight = 0; admitted++; call_one() }
            atomic { push(me * EACH + n); lock_ = 0 }
#else
            atomic { in_flight = 0; admitted++; push(me * EACH + n) }
            atomic { call_one(); unlock() }
#endif
            wake_all()
        :: else ->
            atomic {
                in_flight = 0;
                submit_word[me] = 0;
                door_job[me] = me * EACH + n;
                door[door_n] = me;
                door_n++;
                door_count++
            }
#ifndef BUG_DOOR_NO_SECOND_LOOK
            open_door();
#endif
            atomic { unlock() }
            wake_all();
#if GIVES_UP
            if
            :: has(GIVES_UP, me) -> /* at any time */
                atomic {
                    lock();
                    if
                    :: submit_word[me] == 0 -> /* still there: leaves */
                        fate[door_job[me]] = REFUSED;
                        if
                        :: door[0] == me && door_n == 2 -> door[0] = door[1]
                        :: else
                        fi;
                        door_n--;
                        door[door_n] = 0;
                        door_count--
                    :: else
                    fi
                }
#ifndef GIVING_UP_FORGETS_DRAIN
                look_drained();
#endif
                atomic { unlock() }
                wake_drain()
            :: else -> wait_on(submit_word[me], submit_asleep[me])
            fi;
#else
            wait_on(submit_word[me], submit_asleep[me]);
#endif
            atomic {
                if
                :: submit_word[me] == ENDING -> fate[door_job[me]] = REFUSED
                :: else
                fi;
                submit_word[me] = 0;
                door_job[me] = 0
            }
        fi;
    next:
        n++
    :: else -> break
    od;
    producers_done++
}

#if CANCELS
proctype canceller(byte which) {
    locals;
    atomic {
        lock();
        if
        :: queued[which] ->
            assert(fate[which] == NONE);
            queued[which] = 0;
            fate[which] = CANCELLED
        :: else -> unlock(); goto done
        fi
    }
#ifdef CANCEL_ENDS
#ifdef BUG_CANCEL_ENDS_LATE
    atomic { unlock() }
    ended[0]++;
    atomic { lock() }
#else
    ended[0]++;
#endif
    open_door();
#endif
    atomic { unlock() }
    wake_all();
done:
    skip
}
#endif

/* Every place that is free, then those whose thread is on its way out: the caller has waited for it. */
inline start_threads() {
    i = 0;
    do
    :: i < MOST && threads < target -> if :: start[i] == 0 -> start[i]++; threads++ :: else fi; i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < MOST && threads < target -> if :: start[i] == 1 -> start[i]++; threads++ :: else fi; i++
    :: else -> break
    od;
    i = 0
}

#if RESIZE1
inline resize(to) {
    atomic {
        lock();
        if
        :: !ending ->
            target = to;
            excess = (threads > target -> threads - target : 0);
            do
            :: excess > 0 && parked_n > 0 -> /* the longest idle */
                word[parked[0]] = RETIRE;
                wake = wake | (1 << parked[0]);
                parked_n--;
                i = 0;
                do
                :: i < parked_n -> parked[i] = parked[i + 1]; i++
                :: else -> break
                od;
                parked[parked_n] = 0;
                i = 0;
                excess--
            :: else -> break
            od;
            excess = 0;
            start_threads()
        :: else
        fi
    }
#ifndef BUG_RESIZE_KEEPS_DOOR
    open_door();
#endif
    atomic { unlock() }
    wake_all()
}

proctype resizer() {
    locals;
    byte excess;
    resize(RESIZE1);
#if RESIZE2
    resize(RESIZE2);
#endif
    skip
}
#endif

proctype closer() {
    locals;

    /* Close, at any time. */
#if CLOSE_LATE
    producers_done == PRODUCERS;
#endif
    atomic {
        lock();
        refusing = 1;
#ifdef SHUTS_DOOR
        do
        :: door_n > 0 -> door_pop(); submit_word[who] = ENDING; wake_submit = wake_submit | (1 << who)
        :: else -> break
        od;
        who = 0
#endif
    }
    do
    :: look();
        if
        :: in_flight == 0 && NOBODY_AT_DOOR -> assert(running == 0); break
        :: else -> in_flight = 0
        fi;
        atomic { drain_word = 0; unlock() }
        wake_all();
        wait_on(drain_word, drain_asleep);
        atomic { lock() }
    od;
    atomic {
        ending = 1;
#ifndef BUG_ENDING_WAKES_NOBODY
        do
        :: parked_n > 0 ->
            parked_n--;
            word[parked[parked_n]] = ENDING;
            wake = wake | (1 << parked[parked_n]);
            parked[parked_n] = 0
        :: else -> break
        od;
#endif
        unlock()
    }
    wake_all();
    /* Joins. */
    do
    :: i < MOST -> start[i] == 0; i++
    :: else -> i = 0; break
    od;
    producers_done == PRODUCERS;
    /* All is over: nothing left, nobody counted, one fate each. */
    d_step {
        assert(tail == head && parked_n == 0 && wakes == 0 && door_n == 0 && door_count == 0 && threads == 0);
        do
        :: i < N -> assert(fate[i] != NONE); i++
        :: else -> break
        od
    }
}

init {
    byte i;

    atomic {
        d_step {
            do
            :: i < WORKERS -> start[i] = 1; threads++; i++
            :: else -> break
            od;
            i = 0
        }
        do
        :: i < MOST -> run worker(i); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < PRODUCERS -> run producer(i); i++
        :: else -> break
        od;
        i = 0;
#if CANCELS
        do
        :: i < N -> if :: has(CANCELS, i) -> run canceller(i) :: else fi; i++
        :: else -> break
        od;
        i = 0;
#endif
#if RESIZE1
        run resizer();
#endif
        run closer()
    }
}
