"""A stand-in for W&B's server on the loopback address, which keeps what it is sent."""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENTITY = "somebody"


class StandIn:
    """What the server was sent, and the little that it answers.

    Only what a dashboard asks for: who is logged in, which projects and views there are, and that
    views and charts are kept.
    """

    def __init__(self, projects=("legendre",)):
        self.projects = list(projects)
        self.views = {}
        self.charts = {}
        self.asked = []

    def answer(self, query, variables):
        operation = re.search(r"\b(?:query|mutation)\s+(\w+)", query)
        self.asked.append(operation[1] if operation else query)
        if "upsertView" in query:
            return self._keep(variables)
        if "createCustomChart" in query:
            return self._chart(variables)
        if "allViews" in query:
            return {"project": self._listed(variables)}
        if "internalId" in query:
            name = variables["projectName"]
            return {"project": {"id": name, "internalId": name} if name in self.projects else None}
        if "models(" in query or "Projects" in self.asked[-1]:
            edges = [{"node": self._project(name), "cursor": ""} for name in self.projects]
            return {"models": {"edges": edges, "pageInfo": {"endCursor": "", "hasNextPage": False}}}
        user = {"id": "1", "entity": ENTITY, "username": ENTITY, "flags": "{}", "email": "a@b.c"}
        return {"viewer": {**user, "teams": {"edges": []}}, "serverInfo": {}}

    def _project(self, name):
        return {
            "id": name,
            "name": name,
            "entityName": ENTITY,
            "createdAt": "2026-01-01T00:00:00Z",
            "isBenchmark": False,
            "user": None,
        }

    def _keep(self, variables):
        inserted = not variables.get("id")
        view = {**variables, "id": variables.get("id") or f"view-{len(self.views)}"}
        self.views[view["id"]] = view
        shown = {key: view.get(key) for key in ("id", "name", "type", "displayName", "description")}
        shown |= {"project": self._project(view["projectName"]), "spec": view["spec"]}
        return {"upsertView": {"view": shown, "inserted": inserted}}

    def _chart(self, variables):
        name = variables["chartName"]
        if name in self.charts:
            raise ValueError(f"custom chart {name} already exists")
        self.charts[name] = variables
        return {"createCustomChart": {"chart": {"id": f"{ENTITY}/{name}"}}}

    def _listed(self, variables):
        name = variables.get("name") or variables.get("project")
        if name not in self.projects:
            return None
        edges = [
            {"node": {"user": None, "createdAt": "", "updatedAt": "", **view}, "cursor": ""}
            for view in self.views.values()
            if view["type"] == variables.get("viewType", "runs")
            and variables.get("viewName") in (None, view["name"])
        ]
        return {"allViews": {"edges": edges, "pageInfo": {"endCursor": "", "hasNextPage": False}}}


@contextmanager
def standing_in(server):
    """Serve, and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            asked = json.loads(body or b"{}")
            try:
                found = {
                    "data": server.answer(asked.get("query", ""), asked.get("variables") or {})
                }
            except ValueError as error:
                found = {"errors": [{"message": str(error)}]}
            answer = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}"
    finally:
        httpd.shutdown()
        httpd.server_close()
