import process from 'node:process';

/** Minutes each: `npm run test:long` runs them. */
const long = ['test/chaos/cluster', 'test/chaos/ranges', 'test/integration/ranges'];
const ignored = process.env.LONG === 'yes' ? [] : long.map((name) => `<rootDir>/${name}\\.test\\.ts$`);

/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/{lib,mixins,repl,services,test,web}/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/transform.cjs' },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testSequencer: '<rootDir>/test/support/long-first.js',
  testPathIgnorePatterns: ['/node_modules/', ...ignored],
  modulePathIgnorePatterns: ['<rootDir>/data/'],
  // Bounds that only a failure meets: what is waited for comes much sooner, except on a crowded machine.
  testTimeout: 300_000,
  maxWorkers: 2,
};
