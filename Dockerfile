FROM python:3.12-slim
WORKDIR /app
COPY requirements/app.lock requirements/app.lock
RUN pip install --no-cache-dir --require-hashes -r requirements/app.lock
COPY . .
RUN pip install --no-cache-dir --no-deps . && useradd --create-home loopclose
USER loopclose
WORKDIR /home/loopclose
EXPOSE 8020
CMD ["loopclose", "serve"]
