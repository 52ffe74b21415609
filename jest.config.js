/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/{client,k8s,lib,mixins,repl,scripts,services,test,web}/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/transform.cjs' },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testSequencer: '<rootDir>/test/support/long-first.js',
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/k8s/check/'],
  modulePathIgnorePatterns: [
    '<rootDir>/data/',
    '<rootDir>/infra/',
    '<rootDir>/.github/',
    '<rootDir>/k8s/package.json',
    '<rootDir>/k8s/node_modules/',
  ],
  // Bounds that only a failure meets: what is waited for comes much sooner, except on a crowded machine.
  testTimeout: 300_000,
  maxWorkers: 3,
};
