import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['node_modules/', 'data/', 'coverage/', 'web/dist/'] },
  // Packages of their own, with configurations of their own: what they need is not installed with the application.
  { ignores: ['infra/'] },
  { ignores: ['k8s/check/'] },
  // Generated: npm run build:client.
  { ignores: ['client/schema.ts'] },
  eslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Numbers in texts are what they look like.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A type parameter that appears once can still tie a topic to its message.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 12],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only lib/environment.ts and cli/environment.ts read the environment.',
        },
      ],
    },
  },
  {
    files: ['lib/environment.ts', 'cli/environment.ts', 'test/**', 'scripts/**', '**/*.test.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-console': 'off' },
  },
  {
    files: ['web/**'],
    rules: {
      // A view is markup: its branches are what can be seen.
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 16],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Ask with asPerson or asAnyone, which know the API.' },
      ],
      // `void` before an event's promise, `() => (x = y)` in handlers: both say what they do.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', process: 'readonly' },
    },
  },
);
