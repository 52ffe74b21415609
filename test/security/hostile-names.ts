/** Names of files that would be something else if anybody took them for markup, a header or a path. */
export const hostileNames = [
  `"><img src=x onerror="document.title='canary'">'-alert(1)-'.mp4`,
  `<script>document.title='canary'</script>javascript:alert(1)//a.mp4"; filename="evil.exe`,
  'a\r\nSet-Cookie: canary=1\r\n\r\n<svg onload=alert(1)>.mp4',
  '../../..\\..\\etc/cron.d/$(touch canary)`touch canary`;|&.mp4',
  '\u202egpj.exe\u202c%22%0d%0aX-Canary: 1 \u{1f3ac} résumé.mp4',
];
