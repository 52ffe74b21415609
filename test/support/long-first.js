import Sequencer from '@jest/test-sequencer';

/** The suites that take longest, the longest first. */
const LONG = [
  'test/chaos/cluster',
  'services/processor/exactness',
  'test/chaos/kill',
  'test/integration/ranges',
  'test/chaos/ranges',
  'test/e2e/page',
  'test/integration/cluster',
  'lib/queue/rabbitmq-recovery',
  'test/integration/resumable',
  'test/integration/transporter',
  'lib/embedded-postgres',
];

/**
 * Begins with the long suites, so that none of them is left to run alone in the end while the other worker has nothing
 * to do. Jest itself knows their times from an earlier run only, and a clean checkout has none.
 */
export default class LongFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONG.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return place < 0 ? LONG.length : place;
    };
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
}
