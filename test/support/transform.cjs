const { createHash } = require('node:crypto');
const { stripTypeScriptTypes } = require('node:module');

/** Tests run what production runs: Node's own type stripping, which keeps every line and column in place. */
module.exports = {
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }),
  getCacheKey: (source, path) =>
    createHash('sha256').update(process.version).update(path).update(source).digest('hex'),
};
