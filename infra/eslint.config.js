import { defineConfig } from 'eslint/config';
import root from '../eslint.config.js';

// The rules of the application, without its exceptions; this folder is left out there, as its providers may be missing.
export default defineConfig(
  { ignores: ['node_modules/', 'cdktf.out/'] },
  root.filter((part) => !part.ignores?.includes('infra/')),
  { rules: { 'no-restricted-properties': 'off', 'no-console': 'off' } },
  // The runner waits for what it is told.
  { files: ['test/**'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
);
