# locust --headless -f locustfile.py -H http://127.0.0.1:PORT -u 200 -r 20 -t 60s
from locust import FastHttpUser, task


class Caller(FastHttpUser):
    @task
    def hit(self):
        self.client.get("/hit")
