import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** What a secret looks like, whoever made it. Examples in documentation look otherwise. */
const SHAPES = {
  'a private key': /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\s|\\[nr])*(?:[\w-]+: [^\n]*\s+)*[\w+/=]{40}/
    .source,
  'an AWS access key': /\b(?:AKIA|ASIA)(?!\w*EXAMPLE)[A-Z0-9]{16}\b/.source,
  'a GitHub token': /\b(?:gh[oprsu]_\w{36}|github_pat_\w{22})/.source,
  'an npm token': /\bnpm_[A-Za-z0-9]{36}\b/.source,
  'a signed token': /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/.source,
};

/** Files that are there for secrets, whatever is in them. Packages may ship examples. */
const NAMES =
  /(?:^|\/)(?:\.git|\.env[^/]*|\.npmrc|\.netrc|\.aws|\.docker|id_(?:rsa|ecdsa|ed25519))(?:\/|$)|^(?:app|data|home|root|tmp)\/.*\.(?:pem|key)$/;

/** What is looked for: what was planted, by its value, and everything that looks like a secret. */
export class SecretSearch {
  private readonly names: Map<string, string>;
  private readonly planted: RegExp;
  private readonly everything: RegExp;

  /** @param planted each secret's value, and what it is; at least one */
  constructor(planted: Map<string, string>) {
    this.names = planted;
    const literals = [...planted.keys()].map((value) => RegExp.escape(value));
    this.planted = new RegExp(literals.join('|'), 'g');
    this.everything = new RegExp([...literals, ...Object.values(SHAPES)].join('|'), 'g');
  }

  /**
   * Look into a file, through gzip and Brotli, too.
   * @param path without a leading slash
   * @returns what was found, each once
   */
  in(path: string, content: Buffer): string[] {
    const found = new Set(isForSecrets(path) ? ['a file for secrets'] : []);
    const pattern = isProgram(content) || TESTS.test(path) ? this.planted : this.everything;
    for (const bytes of [content, ...inflated(path, content)]) {
      // One character for each byte: what is looked for is ASCII.
      for (const [text] of bytes.toString('latin1').matchAll(pattern)) found.add(this.whatIs(text));
    }
    return [...found];
  }

  private whatIs(text: string): string {
    const shape = Object.entries(SHAPES).find(([, source]) => new RegExp(`^(?:${source})$`).test(text));
    return this.names.get(text) ?? shape?.[0] ?? 'a secret';
  }
}

/** Programs and libraries that test themselves, and tests of packages, bring keys that everybody has. */
const isProgram = (content: Buffer) => content.subarray(0, 4).equals(Buffer.from('\x7fELF'));
const TESTS = /node_modules\/.*\.test\.[cm]?[jt]s$/;

const isForSecrets = (path: string) => !path.includes('node_modules/') && NAMES.test(path);

/** A file that only pretends to be compressed was looked at as it is. */
function inflated(path: string, content: Buffer): Buffer[] {
  const isGzip = content[0] === 0x1f && content[1] === 0x8b;
  if (!isGzip && !path.endsWith('.br')) return [];
  try {
    return [isGzip ? gunzipSync(content) : brotliDecompressSync(content)];
  } catch {
    return [];
  }
}
