/** What happens when: the clock of a simulation jumps from one event to the next. */
export interface Agenda {
  /** Seconds since the start. */
  now(): number;
  after(seconds: number, action: () => void): void;
  /** Do something again and again, for the first time after one period. */
  every(seconds: number, action: () => void): void;
  /** Let everything happen that is due until then. */
  runUntil(end: number): void;
}

interface Entry {
  at: number;
  /** Of entries for the same moment the older one comes first. */
  order: number;
  action: () => void;
}

/** An agenda that begins at 0 seconds; a heap, since a simulation has thousands of entries at a time. */
export function createAgenda(): Agenda {
  const heap: Entry[] = [];
  let now = 0;
  let order = 0;
  const after = (seconds: number, action: () => void) => {
    if (seconds < Infinity) push(heap, { at: now + seconds, order: order++, action });
  };
  const every = (seconds: number, action: () => void) =>
    after(seconds, () => {
      action();
      every(seconds, action);
    });
  return {
    now: () => now,
    after,
    every,
    runUntil: (end) => {
      for (let next = heap[0]; next && next.at <= end; next = heap[0]) {
        pop(heap);
        now = next.at;
        next.action();
      }
      now = end;
    },
  };
}

const isBefore = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap: each entry is before its two children, 2n+1 and 2n+2. */
function push(heap: Entry[], entry: Entry): void {
  let place = heap.length;
  for (;;) {
    const parent = (place - 1) >> 1;
    const above = heap[parent];
    if (place === 0 || !above || isBefore(above, entry)) break;
    heap[place] = above;
    place = parent;
  }
  heap[place] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let place = 0;
  for (;;) {
    const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]];
    const first = left && right && isBefore(right, left) ? right : left;
    if (!first || isBefore(last, first)) break;
    heap[place] = first;
    place = first === left ? 2 * place + 1 : 2 * place + 2;
  }
  heap[place] = last;
}
