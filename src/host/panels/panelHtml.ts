/** The page of a panel: its one script and style sheet, and a policy that lets nothing else in. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Where esbuild puts the panels' bundles. */
export function panelFolder(root: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(root, 'dist', 'webview');
}

/**
 * `bundle` names dist/webview/<bundle>.js and .css. Pictures may be data: and blob: URLs, because the panels make those
 * themselves when they export; styles set from script go through the object model, which the policy does not concern. Panels may read
 * files of the folders that their kind opens to them, and start workers from what they have read.
 */
export function renderPanelHtml(webview: vscode.Webview, root: vscode.Uri, bundle: string): string {
  const nonce = randomBytes(16).toString('base64');
  const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(panelFolder(root), file)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data: blob:`,
    `connect-src ${webview.cspSource}`,
    `worker-src blob:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uri(`${bundle}.css`)}">
</head>
<body>
<main id="panel"></main>
<script nonce="${nonce}" src="${uri(`${bundle}.js`)}"></script>
</body>
</html>`;
}
