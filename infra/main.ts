import { App } from 'cdktn';
import { join } from 'node:path';
import { environments } from './environments.ts';
import type { Environment } from './settings.ts';
import { addons } from './stacks/addons.ts';
import { bootstrap } from './stacks/bootstrap.ts';
import { cluster } from './stacks/cluster.ts';
import { data } from './stacks/data.ts';
import { edge } from './stacks/edge.ts';
import { network } from './stacks/network.ts';
import { notify } from './stacks/notify.ts';
import { registry } from './stacks/registry.ts';

/**
 * Make every stack of every environment, as Terraform's JSON.
 * @param outdir the folder for `stacks/<environment>-<part>/cdk.tf.json`
 */
export function synthesize(outdir: string, given: Environment[] = environments): void {
  const context = { targetVersions: { terraform: '>=1.11.0' }, excludeStackIdFromLogicalIds: 'true' };
  const app = new App({ outdir, context });
  for (const env of given) {
    bootstrap(app, env);
    registry(app, env);
    const net = network(app, env);
    const kubernetes = cluster(app, env, net);
    const kept = data(app, env, net, kubernetes);
    const mail = notify(app, env);
    edge(app, env);
    addons(app, env, { kubernetes, kept, mail });
  }
  app.synth();
}

if (import.meta.main) synthesize(join(import.meta.dirname, 'cdktf.out'));
