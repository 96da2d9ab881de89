<%-- What a program that it starts prints; the page itself is compiled when it is first asked for. --%><%
Process cat = new ProcessBuilder("cat", "/srv/www/index.html").start();
out.print(new String(cat.getInputStream().readAllBytes(), "UTF-8").strip());
cat.waitFor();
%>
