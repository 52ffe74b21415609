import { RUNBOOK, sectionOf } from '../runbook.ts';

/** Builds what Grafana reads; `dashboards.ts` says what is shown. */

export interface Query {
  expr: string;
  /** In Grafana's notation: `{{label}}`. */
  legend: string;
}

export interface Panel {
  title: string;
  /** Grafana's name of a unit: `s`, `bytes`, `reqps`, `percentunit`, `short`. */
  unit: string;
  queries: Query[];
  /** From which value on it is bad, in the unit. */
  bad?: number;
  /** The alert whose section of the runbook says what to do. */
  alert?: string;
}

export interface Board {
  /** Also the name of its file. */
  name: string;
  title: string;
  panels: Panel[];
}

const COLUMNS = 24;
const [WIDTH, HEIGHT] = [12, 8];
const datasource = { type: 'prometheus', uid: '${datasource}' };

/** The JSON of a dashboard, as Grafana imports it. */
export function dashboardOf({ name, title, panels }: Board, runbook = RUNBOOK) {
  return {
    uid: `video-system-${name}`,
    title: `video-system: ${title}`,
    tags: ['video-system'],
    schemaVersion: 39,
    editable: false,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    links: [linkTo('Runbook', runbook)],
    templating: { list: variables },
    annotations: { list: [alertsFiring] },
    panels: panels.map((panel, index) => panelOf(panel, index, runbook)),
  };
}

const variables = [
  { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' },
  {
    ...{ name: 'namespace', type: 'query', label: 'Namespace', datasource, refresh: 2 },
    query: 'label_values(video_system_nodejs_version_info, namespace)',
    ...{ includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' } },
  },
];

const alertsFiring = {
  ...{ name: 'Alerts', datasource, enable: true, iconColor: 'red', titleFormat: '{{alertname}}' },
  expr: 'ALERTS{alertstate="firing",namespace=~"$namespace"}',
};

function panelOf({ title, unit, queries, bad, alert }: Panel, index: number, runbook: string) {
  const x = (index * WIDTH) % COLUMNS;
  const y = Math.floor((index * WIDTH) / COLUMNS) * HEIGHT;
  const steps = [
    { color: 'green', value: null },
    ...(bad === undefined ? [] : [{ color: 'red', value: bad }]),
  ];
  return {
    ...{ id: index + 1, type: 'timeseries', title, datasource, gridPos: { x, y, w: WIDTH, h: HEIGHT } },
    fieldConfig: {
      defaults: {
        unit,
        thresholds: { mode: 'absolute', steps },
        custom: { thresholdsStyle: { mode: bad === undefined ? 'off' : 'line' } },
      },
      overrides: [],
    },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    links: alert ? [linkTo(alert, sectionOf(alert, runbook))] : [],
    targets: queries.map(({ expr, legend }, at) => ({
      ...{ refId: String.fromCharCode(65 + at), datasource, expr, legendFormat: legend },
    })),
  };
}

const linkTo = (title: string, url: string) => ({ type: 'link', title, url, targetBlank: true });
