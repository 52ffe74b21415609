const LEASE_KEY = 'refreshTurn';
const LEASE_MS = 10_000;
const LOOK_MS = 60;

/**
 * Do something while no other tab of this page does it: the tabs share one refresh token, which works once.
 */
export function inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
  // Locks exist on secure origins only.
  return 'locks' in navigator ? navigator.locks.request('refresh', task) : underLease(task);
}

/** A lock made of a key in the storage that the tabs share; it frees itself when its tab is gone. */
async function underLease<Result>(task: () => Promise<Result>): Promise<Result> {
  const own = String(Math.random());
  while (!(await takeLease(own))) await pause(LOOK_MS);
  try {
    return await task();
  } finally {
    localStorage.removeItem(LEASE_KEY);
  }
}

async function takeLease(own: string): Promise<boolean> {
  const [, until = '0'] = localStorage.getItem(LEASE_KEY)?.split(' ') ?? [];
  if (Number(until) > Date.now()) return false;
  localStorage.setItem(LEASE_KEY, `${own} ${Date.now() + LEASE_MS}`);
  // Who has written last has won, once everybody had the time to write.
  await pause(LOOK_MS);
  return localStorage.getItem(LEASE_KEY)?.split(' ')[0] === own;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
