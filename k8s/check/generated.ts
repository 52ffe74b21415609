// What is made of other files: the rules of Prometheus as an object of its operator, the script that makes databases and the
// broker's settings, which Kustomize would not read outside its folder. Usage: node check/generated.ts [--write]; without it, says whether
// they are up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { parse, stringify } from 'yaml';

const k8s = join(import.meta.dirname, '..');

async function prometheusRule(): Promise<string> {
  const { groups } = parse(await readFile(join(k8s, 'monitoring/rules.yaml'), 'utf8')) as { groups: unknown };
  const labels = { 'app.kubernetes.io/part-of': 'video-system' };
  const object = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'video-system', namespace: 'video-system', labels },
    spec: { groups },
  };
  const text = `# Made of monitoring/rules.yaml by npm --prefix k8s run generate.\n${stringify(object)}`;
  return format(text, { parser: 'yaml', printWidth: 110, singleQuote: true });
}

const fromDocker = (name: string) => readFile(join(k8s, '../docker', name), 'utf8');
const files = {
  'components/monitoring/prometheus-rule.yaml': await prometheusRule(),
  'components/postgres-in-cluster/server/databases.sh': await fromDocker('databases.sh'),
  'base/rabbitmq/rabbitmq.conf': await fromDocker('rabbitmq.conf'),
};
for (const [name, text] of Object.entries(files)) {
  const path = join(k8s, name);
  if (process.argv.includes('--write')) await writeFile(path, text);
  else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    console.error(`k8s/${name} is not up to date. Run: npm --prefix k8s run generate`);
    process.exitCode = 1;
  }
}
