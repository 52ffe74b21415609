import { a } from './texts/index.ts';
import { readUserAgent } from './user-agent.ts';

/**
 * A browser as people know it.
 * @param userAgent what it says of itself
 * @returns “Firefox on Windows”; what it says when nothing in it is known
 */
export function deviceName(userAgent: string | null): string {
  if (!userAgent) return a('unknownDevice');
  const { browser, system } = readUserAgent(userAgent);
  if (browser && system) return a('deviceOn', { browser, system });
  return browser ?? system ?? userAgent.slice(0, 60);
}
