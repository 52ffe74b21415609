/** Items that one side hands over and the other takes, in order, when they have come. */
export interface LineUp<T> {
  push(item: T): void;
  /** No more will come. */
  close(): void;
  /** @returns the next item; undefined when no more will come */
  take(): Promise<T | undefined>;
}

/** An empty line. */
export function createLineUp<T>(): LineUp<T> {
  const items: T[] = [];
  const takers: ((item: T | undefined) => void)[] = [];
  let closed = false;
  return {
    push: (item) => {
      const taker = takers.shift();
      if (taker) taker(item);
      else items.push(item);
    },
    close: () => {
      closed = true;
      for (const taker of takers.splice(0)) taker(undefined);
    },
    take: () =>
      items.length > 0 || closed
        ? Promise.resolve(items.shift())
        : new Promise((resolve) => {
            takers.push(resolve);
          }),
  };
}
