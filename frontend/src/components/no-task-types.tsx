/** What to do where there is no task function. */
export function NoTaskTypes() {
  return (
    <div className="empty">
      <p>There is no task function yet.</p>
      <p>
        Write one under <code>@task</code> in the module <code>tasks</code> of a Django app, name the app in{" "}
        <code>ZONDA_APPS</code>, and start Zonda again:{" "}
        <code className="command">ZONDA_APPS=shop PYTHONPATH=/where/shop/is ./RUN.sh</code>
      </p>
    </div>
  );
}
