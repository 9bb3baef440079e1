/** Shows trees of plain nodes (shared/views) in VS Code's tree views: icons, colours, menus, words for screen readers. */
import * as vscode from 'vscode';
import type { TreeIcon, TreeNode, TreeTarget } from '../../shared/views/results/treeNode';

export interface NodeSource {
  /** The roots when called without a node. */
  children(node: TreeNode | undefined): Promise<TreeNode[]>;
  /** What a click does. */
  command?(target: TreeTarget): vscode.Command | undefined;
  /** Several nodes can be selected for one command. */
  readonly isMultiple?: boolean;
}

export interface NodeTree {
  readonly view: vscode.TreeView<TreeNode>;
  /** Redraws soon; many calls in a moment cost one redraw. */
  refresh(): void;
}

const REFRESH_MS = 500;

const icons: Readonly<Record<TreeIcon, readonly [icon: string, colour?: string]>> = {
  experiment: ['beaker'],
  waiting: ['circle-outline'],
  running: ['sync~spin', 'charts.blue'],
  done: ['pass', 'testing.iconPassed'],
  reused: ['pass-filled', 'testing.iconPassed'],
  measured: ['pass', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  skipped: ['circle-slash', 'testing.iconSkipped'],
  stopped: ['debug-pause', 'charts.yellow'],
  interrupted: ['debug-disconnect', 'charts.yellow'],
  stale: ['history', 'charts.yellow'],
  available: ['pass', 'testing.iconPassed'],
  unavailable: ['circle-slash', 'disabledForeground'],
};

export function createNodeTree(id: string, source: NodeSource, onError: (error: unknown) => void): NodeTree {
  const changed = new vscode.EventEmitter<undefined>();
  let timer: NodeJS.Timeout | undefined;
  const provider: vscode.TreeDataProvider<TreeNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: (node) =>
      source.children(node).catch((error: unknown) => {
        onError(error);
        return [];
      }),
    getTreeItem: (node) => toTreeItem(node, source),
    getParent: () => undefined,
  };
  const view = vscode.window.createTreeView(id, {
    treeDataProvider: provider,
    showCollapseAll: true,
    canSelectMany: source.isMultiple ?? false,
  });
  return {
    view,
    refresh: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        changed.fire(undefined);
      }, REFRESH_MS);
    },
  };
}

function toTreeItem(node: TreeNode, source: NodeSource): vscode.TreeItem {
  const states = {
    none: vscode.TreeItemCollapsibleState.None,
    collapsed: vscode.TreeItemCollapsibleState.Collapsed,
    expanded: vscode.TreeItemCollapsibleState.Expanded,
  };
  const item = new vscode.TreeItem(node.label, states[node.children]);
  const [icon, colour] = icons[node.icon];
  item.id = node.id;
  item.description = node.description;
  item.tooltip = node.tooltip;
  item.iconPath = new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
  item.contextValue = node.kind;
  item.command = node.target && source.command?.(node.target);
  const words = [node.label, node.icon, node.description ?? ''].filter((word) => word !== '');
  item.accessibilityInformation = { label: words.join(', ') };
  return item;
}
